import { Worker } from 'node:worker_threads'
import type { Log } from '../../platform/log.ts'
import { READ_HEAP_MB_MAX, READ_TIMEOUT_MS } from './limits.ts'
import type { ReadAnswer, ReadRequest } from './letter-reader-worker.ts'
import type { LetterContext, Reading } from './normalise.ts'
import { asideOf } from './set-aside-letter.ts'

/** The thread goes when no letter came for so long; it costs memory, and the next one starts in a moment. */
const IDLE_MS = 30_000

/**
 * Reads letters in a thread of its own, one after the other, for all accounts of this process. No letter holds the event loop,
 * takes longer than the limit, or takes the process with it: what does not end in time, or eats the thread's memory, is set
 * aside and the thread replaced.
 */
export interface LetterReader {
  /** Throws only when no thread can be had: that is not the letter's fault. */
  read(raw: Buffer, context: LetterContext): Promise<Reading>
  close(): Promise<void>
}

export interface LetterReaderOptions {
  readonly log: Log
  readonly timeoutMs?: number
  readonly heapMbMax?: number
}

/** Tests and development run the sources: a thread does not inherit our loader of TypeScript on every Node that we support. */
const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts')
const SOURCE_START = `import('tsx/esm/api').then(({ register }) => {
  register()
  return import(${JSON.stringify(new URL('./letter-reader-worker.ts', import.meta.url).href)})
})`

interface Thread {
  readonly worker: Worker
  readonly ready: Promise<void>
}

type Outcome = ReadAnswer | { readonly kind: 'ended'; readonly reason: string } | { readonly kind: 'late' }

export const createLetterReader = (options: LetterReaderOptions): LetterReader => {
  const { log, timeoutMs = READ_TIMEOUT_MS, heapMbMax = READ_HEAP_MB_MAX } = options
  let thread: Thread | null = null
  let idle: NodeJS.Timeout | null = null
  let turn: Promise<unknown> = Promise.resolve()

  const drop = async (): Promise<void> => {
    const ending = thread
    thread = null
    await ending?.worker.terminate()
  }

  const readNow = async (raw: Buffer, context: LetterContext): Promise<Reading> => {
    if (idle !== null) clearTimeout(idle)
    thread ??= startThread(heapMbMax)
    const { worker, ready } = thread
    worker.ref()
    try {
      await ready
      const outcome = await ask(worker, { raw, context }, timeoutMs)
      if (outcome.kind === 'read') return outcome.reading
      log.warn(
        { outcome: outcome.kind, bytes: raw.length, ...('reason' in outcome ? { reason: outcome.reason } : {}) },
        'letter set aside',
      )
      if (outcome.kind !== 'failed') await drop()
      return { kind: 'aside', item: asideOf(raw, outcome.kind === 'late' ? 'too_slow' : 'unreadable') }
    } catch (error) {
      await drop()
      throw error
    } finally {
      worker.unref()
      idle = setTimeout(() => void drop(), IDLE_MS).unref()
    }
  }

  return {
    read: (raw, context) => {
      const reading = turn.then(() => readNow(raw, context))
      turn = reading.catch(() => undefined)
      return reading
    },
    close: async () => {
      await turn
      if (idle !== null) clearTimeout(idle)
      await drop()
    },
  }
}

const startThread = (heapMbMax: number): Thread => {
  const resourceLimits = { maxOldGenerationSizeMb: heapMbMax }
  const worker = RUNS_FROM_SOURCE
    ? new Worker(SOURCE_START, { eval: true, resourceLimits })
    : new Worker(new URL('./letter-reader-worker.js', import.meta.url), { resourceLimits })
  const ready = new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the reading thread ended with ${code} at its start`)))
  })
  // Somebody awaits it in any case; until then a failed start is no unhandled rejection.
  ready.catch(() => undefined)
  return { worker, ready }
}

const ask = async (worker: Worker, request: ReadRequest, timeoutMs: number): Promise<Outcome> => {
  const listeners = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const outcome = new Promise<Outcome>((resolve) => {
    const once = (event: string, act: (value: unknown) => void): void => {
      worker.once(event, act)
      listeners.signal.addEventListener('abort', () => worker.off(event, act))
    }
    once('message', (answer) => resolve(answer as ReadAnswer))
    once('error', (error) => resolve({ kind: 'ended', reason: String(error) }))
    once('exit', (code) => resolve({ kind: 'ended', reason: `exit ${String(code)}` }))
    timer = setTimeout(() => resolve({ kind: 'late' }), timeoutMs)
  })
  worker.postMessage(request)
  try {
    return await outcome
  } finally {
    clearTimeout(timer)
    listeners.abort()
  }
}
