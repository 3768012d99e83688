import { gzipSync } from 'node:zlib'
import type { Page, Request } from 'playwright-core'

export interface Loaded {
  readonly url: string
  /** Of its body, compressed. */
  readonly bytes: number
}

const REDIRECTS = /^3\d\d$/
/** An answer of these statuses never has a body (RFC 9110, 15.3.5 and 15.3.6). */
const WITHOUT_BODY: readonly number[] = [204, 205]

export const gzipped = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length

/** Nothing under way for so long: the page has come to rest, as browsers' own "network idle" has it. */
const REST_MS = 500
const REST_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 20

/**
 * Watches everything that a page fetches; waits, when asked, until the page has come to rest, and gives all that has come so far. Throws
 * where something did not come or cannot be read: what is not counted would make the sum too small.
 */
export const watchLoads = (page: Page): (() => Promise<Loaded[]>) => {
  const loads: Promise<Loaded>[] = []
  const underWay = new Set<Request>()
  let changedMs = performance.now()
  page.on('request', (request) => {
    underWay.add(request)
    changedMs = performance.now()
  })
  const end = (request: Request, load: Promise<Loaded>): void => {
    underWay.delete(request)
    changedMs = performance.now()
    // Told when it is asked for.
    load.catch(() => undefined)
    loads.push(load)
  }
  page.on('requestfinished', (request) => end(request, loadOf(request)))
  page.on('requestfailed', (request) => {
    end(request, Promise.reject(new Error(`${request.url()} did not come: ${request.failure()?.errorText ?? ''}`)))
  })

  return async () => {
    const endMs = performance.now() + REST_WITHIN_MS
    changedMs = performance.now()
    while (underWay.size > 0 || performance.now() - changedMs < REST_MS) {
      if (performance.now() > endMs) throw new Error(`no rest: ${[...underWay].map((request) => request.url()).join(' ')}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    return Promise.all(loads)
  }
}

const loadOf = async (request: Request): Promise<Loaded> => {
  const url = request.url()
  try {
    const response = await request.response()
    if (response === null) throw new Error('there is no answer')
    const isEmpty = WITHOUT_BODY.includes(response.status()) || REDIRECTS.test(String(response.status()))
    return { url, bytes: isEmpty ? 0 : gzipped(await response.body()) }
  } catch (error) {
    throw new Error(`${url} cannot be counted`, { cause: error })
  }
}
