/**
 * What the engine looks like to a process that has not loaded it yet: a program of its own, since a process that has it keeps it. Takes
 * where the engine is; prints what happened as JSON.
 */
import { setEngine } from 'node:crypto'
import { dirname, join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { opensslProvider } from '../openssl/provider.ts'

export interface EngineProbe {
  readonly missing: boolean
  readonly noLibrary: boolean
  /** What `setEngine` threw for an engine that has no GOST, and whether the provider was there then. */
  readonly anotherEngine: { readonly setEngine: string | null; readonly provider: boolean }
  readonly inFirstWorker: ThreadProbe
  readonly inMain: ThreadProbe
  readonly inSecondWorker: ThreadProbe
}
export interface ThreadProbe {
  /** Whether the provider was there, each of two times. */
  readonly provider: readonly boolean[]
  /** What `setEngine` threw after that. */
  readonly setEngine: string | null
  /** Streebog-256 of nothing. */
  readonly digest: string
}

const enginePath = process.argv[2] ?? ''

const probe = (): ThreadProbe => {
  const providers = [opensslProvider({ enginePath }), opensslProvider()]
  const stream = providers[0]?.operations['streebog-256']?.start()
  return {
    provider: providers.map((provider) => provider !== null),
    setEngine: thrownBy(() => setEngine(enginePath)),
    digest: Buffer.from(stream?.finish() ?? []).toString('hex'),
  }
}

const thrownBy = (act: () => void): string | null => {
  try {
    act()
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

/** A thread has no loader of TypeScript by itself. */
const START = `import('tsx/esm/api').then(({ register }) => {
  register()
  return import(${JSON.stringify(import.meta.url)})
})`

const probeInWorker = (): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(START, { eval: true, argv: [enginePath] })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

const has = (path: string): boolean => opensslProvider({ enginePath: path }) !== null

if (isMainThread) {
  // OpenSSL's own package has it, in the same folder.
  const other = join(dirname(enginePath), 'loader_attic.so')
  const before = {
    missing: has('/nowhere/engines-3/gost.so'),
    noLibrary: has(process.argv[1] ?? ''),
    anotherEngine: { setEngine: thrownBy(() => setEngine(other)), provider: has(other) },
  }
  const inFirstWorker = await probeInWorker()
  const inMain = probe()
  const inSecondWorker = await probeInWorker()
  console.log(JSON.stringify({ ...before, inFirstWorker, inMain, inSecondWorker }))
} else {
  parentPort?.postMessage(probe())
}
