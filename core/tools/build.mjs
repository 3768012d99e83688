/**
 * Builds what is not built or older than its sources: the contract, core with all that it needs, the page and the widget. Plain
 * JavaScript, because it runs before anything is built. `npm run build` comes here; `-- --force` builds everything anew.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOP = fileURLToPath(new URL('../../', import.meta.url))
const IGNORED = new Set(['node_modules', 'dist', 'test', 'bench', 'tools', 'e2e'])
const SHARED = ['package-lock.json', 'tsconfig.json', 'core/contract']

const PARTS = [
  {
    // The page takes its values from it as a package.
    name: 'contract',
    sources: SHARED,
    needed: 'core/contract/dist/index.js',
    // An incremental build does not miss outputs that somebody deleted.
    command: [process.execPath, 'node_modules/typescript/bin/tsc', '-b', '--force', 'core/contract'],
  },
  {
    name: 'core',
    sources: [...SHARED, 'security', 'installer', 'core/src', 'core/tools/bundle.mjs'],
    needed: 'core/dist/product/main.js',
    command: [process.execPath, 'core/tools/bundle.mjs'],
  },
  {
    name: 'ui',
    sources: [...SHARED, 'ui'],
    needed: 'ui/dist/index.html',
    command: ['npm', 'run', '--silent', 'build', '--workspace=ui'],
  },
]

/** Milliseconds of the newest file at or below `path`; tests and outputs do not count. */
const newestMs = (path) => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  // A folder's own time tells of files that are gone.
  return readdirSync(path)
    .filter((name) => !IGNORED.has(name) && !name.endsWith('.test.ts') && !name.endsWith('.tsbuildinfo'))
    .reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), 0)
}

const stampOf = ({ name }) => join(TOP, '.cache', `built-${name}`)

const isStale = (part) => {
  const builtMs = statSync(stampOf(part), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return !existsSync(join(TOP, part.needed)) || part.sources.some((source) => newestMs(join(TOP, source)) > builtMs)
}

/** To standard error: standard output belongs to whoever starts afterwards. */
const tell = (line) => process.stderr.write(`${line}\n`)

/** What the compilers say is shown only when they fail. False: one failed. */
const buildPart = (part) => {
  tell(`oco: building ${part.name} …`)
  // Sources that change meanwhile are newer than the stamp.
  const begun = new Date()
  const [program, ...args] = part.command
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd: TOP, stdio: ['ignore', 'pipe', 'pipe'] })
  if (status !== 0) {
    tell(`${String(stdout)}${String(stderr)}oco: building ${part.name} failed${error === undefined ? '' : `: ${error.message}`}`)
    return false
  }
  mkdirSync(dirname(stampOf(part)), { recursive: true })
  writeFileSync(stampOf(part), begun.toISOString())
  utimesSync(stampOf(part), begun, begun)
  return true
}

/** True when everything is built. */
export const build = ({ force = false } = {}) => {
  if (!existsSync(join(TOP, 'node_modules'))) {
    tell('oco: the packages are not installed: run npm ci')
    return false
  }
  return PARTS.every((part) => (!force && !isStale(part)) || buildPart(part))
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = build({ force: process.argv.includes('--force') }) ? 0 : 1
}
