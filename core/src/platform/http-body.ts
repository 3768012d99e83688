import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import type { Endpoint } from '@oco/contract'
import { ATTACHMENT_SIZE_BYTES_MAX } from '@oco/contract'
import { Failure } from '../kernel/errors.ts'

export const JSON_BODY_BYTES_MAX = 1024 * 1024
export const RAW_BODY_BYTES_MAX = ATTACHMENT_SIZE_BYTES_MAX
const FIELDS_TOLD_MAX = 20

export interface Parts {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** Reads and parses what the endpoint asks for. Throws `invalid_input` with the place of each fault. */
export const readParts = async (
  endpoint: Endpoint,
  request: IncomingMessage,
  given: { params: unknown; query: unknown },
): Promise<Parts> => {
  const fields: Record<string, string> = {}
  const params = parsePart(endpoint.request.params, given.params, 'params', fields)
  const query = parsePart(endpoint.request.query, given.query, 'query', fields)
  const wanted = endpoint.request.body
  if (wanted === 'raw') {
    refuse(fields)
    return { params, query, body: limited(request, RAW_BODY_BYTES_MAX) }
  }
  const body = wanted === undefined ? undefined : parsePart(wanted, await readJson(request), 'body', fields)
  refuse(fields)
  return { params, query, body }
}

const refuse = (fields: Record<string, string>): void => {
  if (Object.keys(fields).length > 0) throw new Failure('invalid_input', { fields })
}

const parsePart = (schema: z.ZodType | undefined, value: unknown, place: string, fields: Record<string, string>): unknown => {
  if (schema === undefined) return undefined
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues.slice(0, FIELDS_TOLD_MAX)) {
    fields[[place, ...issue.path.map(String)].join('.')] = issue.message
  }
  return undefined
}

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const chunks: Uint8Array[] = []
  for await (const chunk of limited(request, JSON_BODY_BYTES_MAX)) chunks.push(chunk)
  if (chunks.length === 0) return {}
  if (type !== 'application/json') throw new Failure('unsupported_media_type', { detail: 'application/json is expected' })
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Failure('bad_request', { detail: 'the body is not JSON' })
  }
}

/** The request's bytes; throws `body_too_large` at the first byte too many, before the rest is read. */
const limited = async function* (request: IncomingMessage, bytesMax: number): AsyncGenerator<Uint8Array> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > bytesMax) throw new Failure('body_too_large', { detail: `at most ${String(bytesMax)} bytes` })
  let seen = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    seen += chunk.length
    if (seen > bytesMax) throw new Failure('body_too_large', { detail: `at most ${String(bytesMax)} bytes` })
    yield chunk
  }
}
