import { readAttachment, readMessageHtml } from '@oco/contract'
import { letterHeaders, type Actor } from '@oco/security'
import { Readable } from 'node:stream'
import { findAttachment, letterHtml, maySeeConversation } from '../conversations/index.ts'
import { Failure } from '../kernel/errors.ts'
import type { Blobs } from '../platform/blobs.ts'
import { audit, type Database, type Db } from '../platform/db.ts'
import { route, type Route, type StreamAnswer } from '../platform/http.ts'
import { viewed, type Looks } from './looks.ts'

/** Shown in place by the browser; anything else is saved, so that a file can never act as a page of ours. */
const SHOWN_IN_PLACE = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'application/pdf',
])

export interface LetterPage {
  readonly database: Database
  readonly blobs: Blobs
  readonly looks: Looks
}

export const letterRoutes = ({ database, blobs, looks }: LetterPage): Route[] => [
  route(readMessageHtml, async ({ params, actor, by, secure }) => {
    const letter = await letterHtml(database.read, params.id)
    if (letter === null) throw new Failure('not_found')
    const body = await looks.once({ actor, by, event: viewed(letter.conversationId) }, async (db) => {
      if (!(await maySee(db, actor, letter))) throw new Failure('not_found')
      return letterDocument(letter.html, await picturesOf(db, params.id))
    })
    return { contentType: 'text/html; charset=utf-8', body, headers: letterHeaders({ secure }) }
  }),

  route(readAttachment, async ({ params, actor, by }): Promise<StreamAnswer> => {
    const file = await database.transaction(async (tx) => {
      const found = await findAttachment(tx, params.id)
      if (found === null || !(await maySee(tx, actor, found))) throw new Failure('not_found')
      audit(tx, {
        action: 'attachment.viewed',
        by,
        object: { kind: 'attachment', id: params.id },
        details: { conversationId: found.conversationId },
      })
      return found
    })
    return {
      contentType: file.mediaType,
      fileName: file.fileName,
      inline: SHOWN_IN_PLACE.has(file.mediaType),
      headers: { 'content-length': String(file.sizeBytes) },
      body: Readable.from(blobs.stream(database.read, file.blobId)),
    }
  }),
]

const maySee = (db: Db, actor: Actor, file: { conversationId: string }): Promise<boolean> =>
  maySeeConversation(db, actor, file.conversationId)

const picturesOf = async (db: Db, messageId: string): Promise<Map<string, string>> => {
  const rows = await db
    .selectFrom('attachment')
    .select(['id', 'content_id'])
    .where('message_id', '=', messageId)
    .where('content_id', 'is not', null)
    .execute()
  return new Map(rows.map((row) => [row.content_id ?? '', `/api/v1/attachments/${row.id}`]))
}

/** The letter was sanitised when it came in; here it only gets its pictures and a plain page around it. */
const letterDocument = (html: string, pictures: ReadonlyMap<string, string>): string => {
  const body = html.replace(/(["'])cid:([^"'>\s]+)\1/gi, (whole, quote: string, id: string) => {
    const address = pictures.get(decoded(id))
    return address === undefined ? whole : `${quote}${address}${quote}`
  })
  return `<!doctype html><html><head><meta charset="utf-8"><base target="_blank"><style>${LETTER_STYLE}</style></head><body>${body}</body></html>`
}

const decoded = (id: string): string => {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

const LETTER_STYLE =
  ':root{color-scheme:light}html,body{margin:0;padding:0;background:#fff;color:#1a1a1a;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}' +
  'body{padding:12px 14px}img{max-width:100%;height:auto}table{max-width:100%}blockquote{margin:0 0 0 4px;padding-left:10px;border-left:2px solid #ccc;color:#555}pre{white-space:pre-wrap}'
