import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { readWebchat, readWebchatAttachment, startWebchat, uploadWebchat, type WebchatSettings } from '@oco/contract'
import { fileTypeFromBuffer } from 'file-type'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/errors.ts'
import { audit, type Database } from '../../platform/db.ts'
import { route, type Route } from '../../platform/http.ts'
import type { Chat, Chats } from './chats.ts'
import type { FloodAct, FloodGate } from './flood.ts'
import { visitorName } from './normalise.ts'
import type { By, WebchatProduct } from './product.ts'
import { addVisit, openVisit, type NewVisit, type Visit } from './visit-store.ts'

export const CHAT_ATTACHMENT_BYTES_MAX = 10 * 1024 * 1024
/** What a browser may be told to show in place; everything else is saved. No SVG: it can carry script. */
const SHOWN_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const AUTHORIZATION = /^Visit ([0-9a-f-]{36})\.([A-Za-z0-9_-]{20,100})$/

export interface WebchatRoutesDeps {
  readonly chats: Chats
  readonly product: WebchatProduct
  readonly database: Database
  readonly gate: FloodGate
  readonly clock: Clock
}

export const webchatRoutes = (deps: WebchatRoutesDeps): Route[] => {
  const pass = (act: FloodAct, address: string | null, visitId?: string): void => {
    const retryAfterSeconds = deps.gate(act, visitId === undefined ? { address } : { address, visitId })
    if (retryAfterSeconds > 0) throw new Failure('rate_limited', { retryAfterSeconds })
  }

  return [
    route(readWebchat, async ({ params, headers }) => {
      const { account, settings } = deps.chats.admit(params.id, headers)
      return {
        title: settings.title,
        greeting: settings.greeting,
        askEmail: settings.askEmail,
        consent: { text: settings.consentText, version: account.consentVersion ?? 1 },
        locale: await deps.product.threads.locale(),
        maxAttachmentBytes: CHAT_ATTACHMENT_BYTES_MAX,
      }
    }),

    route(startWebchat, async ({ params, headers, address, by, body }) => {
      const chat = deps.chats.admit(params.id, headers)
      pass('visit', address)
      return startVisit(deps, by, newVisit(chat, body))
    }),

    route(uploadWebchat, async ({ params, headers, address, query, body }) => {
      const visit = await visitOf(deps, deps.chats.admit(params.id, headers), headers)
      pass('upload', address, visit.visitId)
      const bytes = await collect(body)
      const mediaType = (await fileTypeFromBuffer(bytes))?.mime ?? 'application/octet-stream'
      return deps.product.keepFile(visit.visitId, { fileName: query.fileName, mediaType, bytes })
    }),

    route(readWebchatAttachment, async ({ params, headers }) => {
      const visit = await visitOf(deps, deps.chats.admit(params.id, headers), headers)
      const file = await deps.product.threads.file(visit, params.attachmentId)
      if (file === null) throw new Failure('not_found')
      return {
        contentType: file.mediaType,
        fileName: file.fileName,
        inline: SHOWN_TYPES.has(file.mediaType),
        headers: { 'cache-control': 'private, max-age=3600' },
        body: Readable.from(file.bytes),
      }
    }),
  ]
}

interface Form {
  readonly name: string
  readonly email: string | null
  readonly consentVersion: number
  readonly pageUrl: string | null
}

/** The consent is to the words of now: a page that shows older ones must show these first (`conflict`). */
const newVisit = ({ account, settings }: Chat, form: Form): NewVisit => {
  const version = account.consentVersion ?? 1
  if (settings.consentText.trim() === '') throw new Failure('channel_unusable', { detail: 'the chat has no text of consent' })
  if (form.consentVersion !== version) throw new Failure('conflict', { detail: 'the text of the consent has changed' })
  const name = visitorName(form.name)
  if (name === null) throw new Failure('invalid_input', { fields: { 'body.name': 'a name is needed' } })
  return {
    channelId: account.id,
    name,
    email: emailOf(settings, form.email),
    consent: { text: settings.consentText, version },
    pageUrl: form.pageUrl,
  }
}

const emailOf = (settings: WebchatSettings, email: string | null): string | null => {
  if (settings.askEmail === 'required' && email === null) {
    throw new Failure('invalid_input', { fields: { 'body.email': 'an address is needed' } })
  }
  // What was not asked for is not kept.
  return settings.askEmail === 'no' ? null : email
}

const startVisit = (deps: WebchatRoutesDeps, by: By, visit: NewVisit): Promise<{ visitId: string; secret: string }> =>
  deps.database.transaction(async (tx) => {
    const made = await addVisit(tx, visit, deps.clock.now())
    audit(tx, {
      action: 'consent.given',
      by,
      object: { kind: 'visit', id: made.visitId },
      details: { channelId: visit.channelId, consentVersion: visit.consent.version },
    })
    return made
  })

const visitOf = async (deps: WebchatRoutesDeps, chat: Chat, headers: IncomingHttpHeaders): Promise<Visit> => {
  const [, visitId, secret] = AUTHORIZATION.exec(headers.authorization ?? '') ?? []
  const visit =
    visitId === undefined || secret === undefined
      ? null
      : await openVisit(deps.database.read, { channelId: chat.account.id, visitId }, secret)
  if (visit === null) throw new Failure('unauthenticated')
  return visit
}

/** Held whole, because its type is read from it: the bound is low. */
const collect = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > CHAT_ATTACHMENT_BYTES_MAX) {
      throw new Failure('body_too_large', { detail: `at most ${CHAT_ATTACHMENT_BYTES_MAX} bytes` })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
