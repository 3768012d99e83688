import { Readable } from 'node:stream'
import type Koa from 'koa'
import type { Endpoint } from '@oco/contract'
import { assert } from '../kernel/assert.ts'
import type { StreamAnswer } from './http.ts'

/** Writes what a handler returned, in the form that its endpoint promises. */
export const answerWith = (ctx: Koa.Context, endpoint: Endpoint, answer: unknown, check: boolean): void => {
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
  ctx.body = JSON.stringify(body)
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
