/**
 * Puts core and the packages that it uses into a few files of JavaScript, straight from the sources: it starts in half the CPU time and
 * holds 25 MB less than some thousand files. Names stay readable, so that a stack in a log tells its function. The folder is as deep
 * as those of core/src, because files look for their neighbours (migrations, the page) from where they are.
 */
import { copyFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const CORE = fileURLToPath(new URL('../', import.meta.url))
const ENTRIES = {
  main: 'src/main.ts',
  admin: 'src/admin.ts',
  oco: '../installer/src/oco.ts',
  // Started by their names, each in a thread of its own.
  'letter-reader-worker': 'src/channels/email/letter-reader-worker.ts',
  'bulk-worker': '../security/gost/wasm/bulk-worker.ts',
}
/** Read at run time, by their names beside whoever reads them. */
const COPIED = ['../security/gost/wasm/gost.wasm', '../security/gost/wasm/gost-simd.wasm']
/** Optional companions of pg and ws, which these look for and do without. */
const ABSENT = ['pg-native', 'bufferutil', 'utf-8-validate']

/** It gives constants other values, in cases that never come: Node does not mind before they do, a bundler does. */
const constantsOfGostCrypto = {
  name: 'constants-of-gost-crypto',
  transform: (code, id) =>
    /gost-crypto\/lib\/gost(Sign|Digest)\.js$/.test(id)
      ? code.replaceAll(/^const (Gost\w+) = require/gm, 'let $1 = require')
      : null,
}

const bundle = await rolldown({
  cwd: CORE,
  input: ENTRIES,
  platform: 'node',
  plugins: [constantsOfGostCrypto],
  external: [/^node:/, ...ABSENT],
  resolve: { conditionNames: ['oco-source', 'node'] },
  // A package of ours calls `eval` to name functions; it is older than the warning.
  checks: { eval: false },
})
rmSync(`${CORE}dist/product`, { recursive: true, force: true })
await bundle.write({ dir: `${CORE}dist/product`, format: 'esm', chunkFileNames: '[name]-[hash].js' })
await bundle.close()
for (const file of COPIED) copyFileSync(CORE + file, `${CORE}dist/product/${basename(file)}`)
