import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { LOOPBACK } from './foreground.ts'

/** What is done to the next answer; faults are used up one after the other. */
export type StoreFault =
  | { readonly kind: 'status'; readonly status: number }
  /** Nothing comes back. */
  | { readonly kind: 'silence' }
  /** The connection breaks in the middle of the answer. */
  | { readonly kind: 'break-off' }
  /** The last bit of the answer is another one. */
  | { readonly kind: 'flip' }
  /** The last bit of what is asked is another one, as a bad line would make it. */
  | { readonly kind: 'flip-request' }

/** Stands before a real store and passes everything on, but for the faults that it is told. */
export interface FaultyStore {
  readonly endpoint: string
  readonly asked: number
  fail(...faults: readonly StoreFault[]): void
  stop(): Promise<void>
}

export const startFaultyStore = async (target: string): Promise<FaultyStore> => {
  const faults: StoreFault[] = []
  let asked = 0
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked++
    const fault = faults.shift()
    const body = await bytesOf(request)
    if (fault?.kind === 'silence') return
    if (fault?.kind === 'status') {
      response.writeHead(fault.status).end('<Error><Code>SlowDown</Code></Error>')
      return
    }
    const answer = await passOn(target, request, fault?.kind === 'flip-request' ? flipped(body) : body)
    const bytes = await bytesOf(answer)
    response.writeHead(answer.statusCode ?? 0, answer.headers)
    if (fault?.kind === 'break-off') response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
    else response.end(fault?.kind === 'flip' ? flipped(bytes) : bytes)
  }
  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    endpoint: `http://${LOOPBACK}:${String(address.port)}`,
    get asked() {
      return asked
    },
    fail: (...wanted) => void faults.push(...wanted),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** With the host that was asked for: it is signed. */
const passOn = (target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const passed = ask(`${target}${url ?? ''}`, { method, headers, agent: false }, resolve)
    passed.on('error', reject)
    passed.end(body)
  })

const bytesOf = async (stream: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const flipped = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}
