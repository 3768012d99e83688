import { createHash, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import type { S3Place } from '../../config/blobs-config.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BlobFault } from '../blob-fault.ts'

/** The whole of one attempt, its body too. A transaction may be waiting for it. */
export const S3_TIMEOUT_MS = 10_000
export const S3_TRIES = 3
/** Before the second attempt; doubles with each, and a part of it is chance, so that many do not come back at once. */
const RETRY_MS = 200
/** More than a chunk with its seal, and more than a page of a list. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const PERCENT = 100
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504])

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** Within the bucket. Empty for the bucket itself. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
}

export interface S3Answer {
  readonly headers: Headers
  readonly body: Buffer
}

/** Null where there is no such key: that alone, a bucket that is not there is a fault. Throws a BlobFault otherwise. */
export type S3Client = (request: S3Request) => Promise<S3Answer | null>

/** What a test may shorten. */
export interface S3Patience {
  readonly timeoutMs: number
  readonly retryMs: number
}

/** Requests by AWS Signature Version 4 with a signed body, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
export const createS3Client = (
  place: S3Place,
  { clock, patience = { timeoutMs: S3_TIMEOUT_MS, retryMs: RETRY_MS } }: { clock: Clock; patience?: S3Patience },
): S3Client => {
  /** Derived keys, one a day. */
  const cache = new Map<string, ArrayBuffer>()

  const attempt = async ({ method, key, query = {}, headers = {}, body }: S3Request): Promise<Attempt> => {
    const url = new URL(`${place.endpoint}/${place.bucket}/${key}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': sha256Hex(body ?? new Uint8Array()) },
      accessKeyId: place.keyId,
      secretAccessKey: place.secretKey,
      service: 's3',
      region: place.region,
      cache: oneDayOf(cache),
      datetime: clock
        .now()
        .toISOString()
        .replaceAll(/[:-]|\.\d{3}/g, ''),
    }).sign()
    const answer = await fetch(signed.url, {
      method,
      headers: signed.headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience.timeoutMs),
    })
    return { status: answer.status, headers: answer.headers, body: await bodyOf(answer) }
  }

  return async (request) => {
    const what = `${request.method} of ${request.key === '' ? 'the bucket' : request.key}`
    for (let tried = 1; ; tried++) {
      const outcome = await attempt(request).catch((error: unknown): Attempt => ({ error }))
      const verdict = judge(outcome, what)
      if (verdict.kind === 'answer') return verdict.answer
      if (verdict.kind === 'refused' || tried >= S3_TRIES) throw verdict.fault
      await sleep(patience.retryMs * 2 ** (tried - 1) * (0.5 + randomInt(PERCENT) / PERCENT / 2))
    }
  }
}

type Attempt = { readonly error: unknown } | (S3Answer & { readonly status: number })
type Verdict =
  | { readonly kind: 'answer'; readonly answer: S3Answer | null }
  | { readonly kind: 'again' | 'refused'; readonly fault: BlobFault }

const judge = (attempt: Attempt, what: string): Verdict => {
  if ('error' in attempt) {
    if (attempt.error instanceof BlobFault) return { kind: 'refused', fault: attempt.error }
    const fault = new BlobFault('store_unavailable', `${what}: ${causeOf(attempt.error)}`, { cause: attempt.error })
    return { kind: 'again', fault }
  }
  const { status, headers, body } = attempt
  if (status >= 200 && status < 300) return { kind: 'answer', answer: { headers, body } }
  // Codes of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  const code = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(body.toString('utf8'))?.[1] ?? ''
  if (status === 404 && code === 'NoSuchKey') return { kind: 'answer', answer: null }
  const told = `${what}: ${String(status)} ${code}`.trimEnd()
  if (RETRYABLE.has(status)) return { kind: 'again', fault: new BlobFault('store_unavailable', told) }
  return { kind: 'refused', fault: new BlobFault('store_refused', told) }
}

const bodyOf = async (answer: Response): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  const chunks: AsyncIterable<Uint8Array> | null = answer.body
  let bytes = 0
  for await (const part of chunks ?? []) {
    bytes += part.length
    if (bytes > ANSWER_BYTES_MAX) throw new BlobFault('store_refused', 'an answer beyond all bounds')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** The signer keeps derived keys for ever. */
const oneDayOf = (cache: Map<string, ArrayBuffer>): Map<string, ArrayBuffer> => {
  if (cache.size > 1) cache.clear()
  return cache
}

const causeOf = (error: unknown): string => {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(inner instanceof Error)) return 'unknown'
  return 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.name
}

export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
