import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import icons from 'unplugin-icons/vite'
import { defineConfig } from 'vite'

/** Where core listens while `vite` serves the page; the built page is served by core itself. */
const CORE = process.env['OCO_CORE'] ?? 'http://127.0.0.1:8080'

/** What the frame and nearly every page use; the rest of the kit comes with the page that needs it. */
const FRAME =
  /src\/(?:shell\/App\.vue|router\.ts|api\/|channels\/|kit\/(?:Badge|Button|Countdown|EmptyState|ErrorState|Field|RelativeTime|Skeleton|StatusDot|Tabs|TextArea|TextInput)\.vue)/

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [vue(), tailwindcss(), icons({ compiler: 'vue3', scale: 1 })],
  // Core replaces the placeholder in every answer, so that a nonce is never used twice.
  html: { cspNonce: '__NONCE__' },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // Messages become data that is interpreted: nothing is compiled with `new Function`, which the page's policy forbids.
    __INTLIFY_JIT_COMPILATION__: true,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
  },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // A small picture inlined as data: would need its own line in the page's policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Few files, each with what is always needed together: the frame of the page, then the desk that agents live in.
        codeSplitting: {
          groups: [
            { name: 'vue', test: /node_modules\/(?:@vue|vue|vue-router|vue-i18n|@intlify|@tanstack)\//, priority: 3 },
            { name: 'frame', test: FRAME, priority: 2 },
            { name: 'agent', test: /src\/desks\/agent\/AgentDesk\.vue/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: CORE, ws: true } } },
})
