import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type Koa from 'koa'
import type { Endpoint } from '@oco/contract'
import { assert } from '../kernel/assert.ts'
import type { StreamAnswer } from './http.ts'

const compress = promisify(gzip)
/** Below, the answer fits into one packet or two as it is. */
export const COMPRESSED_FROM_BYTES = 2_048
/** Lists shrink to a tenth already at a fraction of the default's cost. */
const COMPRESSION_LEVEL = 4

/** Writes what a handler returned, in the form that its endpoint promises. */
export const answerWith = async (ctx: Koa.Context, endpoint: Endpoint, answer: unknown, check: boolean): Promise<void> => {
  if (endpoint.response === 'none') {
    ctx.status = 204
    return
  }
  if (endpoint.response === 'stream') {
    stream(ctx, answer)
    return
  }
  const body = check ? endpoint.response.parse(answer) : answer
  ctx.status = endpoint.status ?? 200
  await json(ctx, JSON.stringify(body))
}

/** Compressed where it is worth it: another site can neither send our cookie nor learn an answer's length. */
const json = async (ctx: Koa.Context, text: string): Promise<void> => {
  ctx.vary('accept-encoding')
  const compressed = text.length >= COMPRESSED_FROM_BYTES && ctx.acceptsEncodings('gzip') === 'gzip'
  if (compressed) ctx.set('content-encoding', 'gzip')
  ctx.body = compressed ? await compress(text, { level: COMPRESSION_LEVEL }) : text
  ctx.type = 'application/json; charset=utf-8'
}

const stream = (ctx: Koa.Context, answer: unknown): void => {
  assert(isStreamAnswer(answer), 'this endpoint answers with a stream')
  if (answer.headers !== undefined) ctx.set({ ...answer.headers })
  if (answer.fileName !== undefined) {
    ctx.attachment(answer.fileName, { type: answer.inline === true ? 'inline' : 'attachment' })
  }
  ctx.status = 200
  ctx.body = answer.body instanceof Readable || typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body)
  ctx.set('content-type', answer.contentType)
}

const isStreamAnswer = (answer: unknown): answer is StreamAnswer =>
  typeof answer === 'object' && answer !== null && 'contentType' in answer && 'body' in answer
