import { Worker } from 'node:worker_threads'
import { CRYPTO_ERROR_CODES, CryptoError, type CryptoErrorCode } from '../crypto-error.ts'
import type { BulkAnswer, BulkJob } from './bulk-job.ts'

/** The thread goes when nothing was asked of it for so long; the next one starts in a moment. */
const IDLE_MS = 30_000
/** More than so many jobs at once is a fault of whoever asks; each has its bytes in memory. */
const JOBS_MAX = 1_000

/** Does what would hold the event loop, in a thread of its own, one job after the other. */
export interface Bulk {
  run(job: Extract<BulkJob, { kind: 'pbkdf2' }>): Promise<Extract<BulkAnswer, { kind: 'bytes' }>>
  run(job: Extract<BulkJob, { kind: 'mgm' }>): Promise<Extract<BulkAnswer, { kind: 'pieces' }>>
  close(): Promise<void>
}

/** Tests and development run the sources, and a thread has no loader of TypeScript by itself. */
const SOURCE_START = `import('tsx/esm/api').then(({ register }) => {
  register()
  return import(${JSON.stringify(new URL('./bulk-worker.ts', import.meta.url).href)})
})`

const startWorker = (): Worker =>
  import.meta.url.endsWith('.ts')
    ? new Worker(SOURCE_START, { eval: true })
    : new Worker(new URL('./bulk-worker.js', import.meta.url))

interface Waiting {
  readonly resolve: (answer: BulkAnswer) => void
  readonly reject: (error: Error) => void
}

export const createBulk = (): Bulk => {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let lastId = 0
  let idle: NodeJS.Timeout | null = null

  const fail = (reason: string): void => {
    worker = null
    for (const { reject } of waiting.values()) reject(new CryptoError('provider_failed', reason))
    waiting.clear()
  }

  const hear = (answer: BulkAnswer): void => {
    const waiter = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) rest()
    if (answer.kind === 'failed') waiter?.reject(new CryptoError(codeOf(answer.code), answer.detail))
    else waiter?.resolve(answer)
  }

  const rest = (): void => {
    worker?.unref()
    idle = setTimeout(() => void close(), IDLE_MS).unref()
  }

  const start = (): Worker => {
    const started = startWorker()
    started.on('message', hear)
    started.on('error', (error) => {
      if (worker === started) fail(`the thread ended: ${error.message}`)
    })
    started.on('exit', (code) => {
      if (worker === started) fail(`the thread ended with ${String(code)}`)
    })
    return started
  }

  const close = async (): Promise<void> => {
    if (idle !== null) clearTimeout(idle)
    const ending = worker
    fail('the provider is being closed')
    await ending?.terminate()
  }

  const run = (job: BulkJob): Promise<BulkAnswer> => {
    if (waiting.size >= JOBS_MAX) return Promise.reject(new CryptoError('limit_exceeded', 'too many jobs at once'))
    if (idle !== null) clearTimeout(idle)
    worker ??= start()
    worker.ref()
    const id = ++lastId
    const outcome = new Promise<BulkAnswer>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
    })
    worker.postMessage({ id, job })
    return outcome
  }

  // The kind of an answer follows that of its job.
  return { run: run as Bulk['run'], close }
}

const codeOf = (code: string): CryptoErrorCode => CRYPTO_ERROR_CODES.find((known) => known === code) ?? 'provider_failed'
