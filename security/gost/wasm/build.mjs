/**
 * Builds `gost-simd.wasm` and `gost.wasm` of the sources in `src`, with Debian's clang and lld. `--check` builds into memory and says
 * whether the files in the tree are what the sources give with this compiler. Plain JavaScript: it needs nothing but Node.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** What the files in the tree were built with; another compiler gives other bytes of the same meaning. */
const CLANG_MAJOR = 14

const FLAGS = [
  '--target=wasm32',
  '-O3',
  // clang 14 compiles vectors of its own making wrongly here; ours are written out.
  '-fno-vectorize',
  '-fno-slp-vectorize',
  '-mbulk-memory',
  '-fvisibility=hidden',
  '-nostdlib',
  '-ffreestanding',
  '-std=gnu11',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-unused-function',
  '-Wl,--no-entry',
  '-Wl,--export-dynamic',
  '-Wl,--export=__heap_base',
  '-Wl,--strip-all',
]
const BUILDS = [
  { file: 'gost-simd.wasm', flags: ['-msimd128'] },
  { file: 'gost.wasm', flags: [] },
]

const compile = ({ flags }) => {
  const folder = mkdtempSync(join(tmpdir(), 'oco-wasm-'))
  try {
    const out = join(folder, 'gost.wasm')
    // A relative path, so that no path of this machine can get into the bytes.
    execFileSync('clang', [...FLAGS, ...flags, '-o', out, 'src/module.c'], { cwd: HERE, stdio: ['ignore', 'inherit', 'inherit'] })
    return readFileSync(out)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Null where there is no clang, or none that can link for wasm32. */
const compilerMajor = () => {
  const { stdout, status } = spawnSync('clang', ['--version'], { encoding: 'utf8' })
  const linker = spawnSync('wasm-ld', ['--version'], { encoding: 'utf8' })
  if (status !== 0 || linker.status !== 0) return null
  return Number(/version (\d+)\./.exec(stdout)?.[1])
}

const check = () => {
  const changed = BUILDS.filter((build) => hashOf(compile(build)) !== hashOf(readFileSync(join(HERE, build.file))))
  for (const { file } of changed) process.stderr.write(`${file} is not what its sources give: npm run wasm\n`)
  if (changed.length === 0) process.stdout.write('both files are what their sources give\n')
  return changed.length === 0 ? 0 : 1
}

const build = () => {
  for (const each of BUILDS) {
    const bytes = compile(each)
    writeFileSync(join(HERE, each.file), bytes)
    process.stdout.write(`${each.file}: ${bytes.length} bytes, sha256 ${hashOf(bytes)}\n`)
  }
  return 0
}

const isCheck = process.argv.includes('--check')
if (compilerMajor() === CLANG_MAJOR) {
  process.exitCode = isCheck ? check() : build()
} else {
  const needed = `clang ${CLANG_MAJOR} and lld are needed: apt-get install clang lld`
  process.stderr.write(`${isCheck ? 'SKIPPED: ' : ''}${needed}\n`)
  process.exitCode = isCheck ? 0 : 1
}
