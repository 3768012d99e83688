import { readFile, readdir } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type Koa from 'koa'
import { assetHeaders, newNonce, pageHeaders } from '@oco/security'
import { Failure } from '../kernel/errors.ts'

const compress = promisify(gzip)
/** Vite writes this where a nonce belongs; every answer has a fresh one. */
const NONCE_PLACEHOLDER = '__NONCE__'
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt'])
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

export interface Pages {
  /** Serves a built file, or the page itself for any path of its own; throws `not_found` for what is neither. */
  serve(ctx: Koa.Context, secure: boolean): Promise<void>
}

interface BuiltFile {
  readonly type: string
  readonly bytes: Buffer
  readonly gzipped: Buffer | null
}

/**
 * The built pages, held in memory from their first use: a few hundred kilobytes that never change while the product runs. Compressing them all
 * before that would cost the start a fifth of a second.
 */
export const loadPages = async (folder: string): Promise<Pages> => {
  const paths = new Map((await listFiles(folder)).map((path) => [`/${path.split(sep).join('/')}`, join(folder, path)]))
  const index = paths.get('/index.html')
  paths.delete('/index.html')
  const page = index === undefined ? null : await readFile(index, 'utf8')
  const files = new Map<string, Promise<BuiltFile>>()

  const fileOf = (address: string): Promise<BuiltFile> | null => {
    const path = paths.get(address)
    if (path === undefined) return null
    const known = files.get(address) ?? readBuilt(path)
    files.set(address, known)
    // What could not be read once may be there the next time.
    known.catch(() => files.delete(address))
    return known
  }

  return {
    async serve(ctx, secure) {
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw new Failure('method_not_allowed')
      const file = fileOf(ctx.path)
      if (file !== null) {
        serveFile(ctx, await file, secure)
        return
      }
      if (page === null || extname(ctx.path) !== '') throw new Failure('not_found')
      const nonce = newNonce()
      ctx.set(pageHeaders({ nonce, secure }))
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = page.replaceAll(NONCE_PLACEHOLDER, nonce)
    },
  }
}

const readBuilt = async (path: string): Promise<BuiltFile> => {
  const bytes = await readFile(path)
  const ending = extname(path)
  return {
    type: TYPES[ending] ?? 'application/octet-stream',
    bytes,
    gzipped: COMPRESSIBLE.has(ending) ? await compress(bytes, { level: 9 }) : null,
  }
}

const serveFile = (ctx: Koa.Context, file: BuiltFile, secure: boolean): void => {
  // Pages of other origins load the chat's script; it holds nothing that is theirs or anybody's.
  const embeddable = ctx.path.startsWith('/widget/')
  ctx.set(assetHeaders({ secure, embeddable }))
  if (embeddable) {
    ctx.set('access-control-allow-origin', '*')
    ctx.set('cache-control', 'public, max-age=300')
  } else {
    ctx.set('cache-control', ctx.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
  }
  ctx.vary('accept-encoding')
  ctx.set('content-type', file.type)
  if (file.gzipped !== null && ctx.acceptsEncodings('gzip') === 'gzip') {
    ctx.set('content-encoding', 'gzip')
    ctx.body = file.gzipped
  } else {
    ctx.body = file.bytes
  }
}

const listFiles = async (folder: string): Promise<string[]> => {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
