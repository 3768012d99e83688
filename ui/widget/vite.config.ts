import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The chat for pages of other sites: one classic script that needs nothing beside itself. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  publicDir: false,
  build: {
    // Browsers of the last three years: customers' visitors update them later than we do.
    target: ['chrome109', 'firefox115', 'safari16.4'],
    outDir: fileURLToPath(new URL('../dist/widget', import.meta.url)),
    emptyOutDir: true,
    reportCompressedSize: false,
    lib: {
      entry: fileURLToPath(new URL('main.ts', import.meta.url)),
      formats: ['iife'],
      name: 'ocoChat',
      fileName: () => 'oco-chat.js',
    },
  },
})
