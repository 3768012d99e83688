import { parentPort } from 'node:worker_threads'
import { present } from '../../kernel/assert.ts'
import { messageOf } from '../../kernel/errors.ts'
import { normaliseLetter, type LetterContext, type Reading } from './normalise.ts'

/** The thread of `letter-reader.ts`: one letter in, one answer out, in order. */
export interface ReadRequest {
  readonly raw: Uint8Array
  readonly context: LetterContext
}

export type ReadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly reading: Reading }
  /** A fault of ours: the letter is set aside all the same. */
  | { readonly kind: 'failed'; readonly reason: string }

const port = present(parentPort, 'the port to the main thread')

const answer = async ({ raw, context }: ReadRequest): Promise<void> => {
  const reading = await normaliseLetter(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), context)
  port.postMessage({ kind: 'read', reading } satisfies ReadAnswer)
}

port.on('message', (request: ReadRequest) => {
  answer(request).catch((error: unknown) => {
    port.postMessage({ kind: 'failed', reason: messageOf(error) } satisfies ReadAnswer)
  })
})
port.postMessage({ kind: 'ready' } satisfies ReadAnswer)
