import { parseAddressHeader, simpleParser, type ParsedMail } from 'mailparser'
import { SUBJECT_LENGTH_MAX } from '@oco/contract/limits'
import type { InboundAttachment, InboundMessage, SenderAddress, SetAside } from '../channel.ts'
import { isAutomatic } from './automatic-letter.ts'
import { deliveryReportOf } from './delivery-report.ts'
import { takeAttachments, wholeTextFile } from './letter-attachments.ts'
import { decodeUnlabelled } from './letter-charset.ts'
import { sanitiseLetterHtml } from './letter-html.ts'
import { repairLetter } from './letter-repair.ts'
import { identityOf, rootHead } from './letter-identity.ts'
import { headEndOf, headerOf, scanLetter, type PartSpan } from './letter-scan.ts'
import { cleanLine, cleanText, cutText, roughTextOfHtml, textOfHtml } from './letter-text.ts'
import { threadOf } from './letter-thread.ts'
import { HEAD_BYTES_MAX, PARTS_MAX } from './limits.ts'
import { isMailAddress } from './mail-address.ts'
import { findQuote } from './quoted-text.ts'
import { asideOf } from './set-aside-letter.ts'

/** What is known about a letter beside its bytes. */
export interface LetterContext {
  /** The account's own address. */
  readonly ownAddress: string | null
  /** The sender of the SMTP envelope where the way in tells it; empty: the null sender. */
  readonly envelopeFrom: string | null
}

export type Reading =
  { readonly kind: 'message'; readonly message: InboundMessage } | { readonly kind: 'aside'; readonly item: SetAside }

/**
 * Raw bytes to what the product stores. Pure, but not bounded in time: `letter-reader.ts` runs it in a thread of its own that
 * can be ended. Never throws for what a sender can write.
 */
export const normaliseLetter = async (raw: Buffer, context: LetterContext): Promise<Reading> => {
  const scan = scanLetter(raw)
  if (scan.kind !== 'parts') return { kind: 'aside', item: asideOf(raw, scan.kind) }
  let mail: ParsedMail
  try {
    mail = await simpleParser(repairLetter(raw, scan.parts), PARSER_OPTIONS)
  } catch {
    return { kind: 'aside', item: asideOf(raw, 'unreadable') }
  }
  const message = await messageOf({ raw, mail, parts: scan.parts, context })
  return message === null ? { kind: 'aside', item: asideOf(raw, 'no_sender') } : { kind: 'message', message }
}

const PARSER_OPTIONS = {
  skipHtmlToText: true,
  skipTextLinks: true,
  keepCidLinks: true,
  keepDeliveryStatus: true,
  ignoreEmbedded: true,
  checksumAlgo: false,
  maxHeadSize: HEAD_BYTES_MAX,
  maxChildNodes: PARTS_MAX * 2,
} as const

interface Letter {
  readonly raw: Buffer
  readonly mail: ParsedMail
  readonly parts: readonly PartSpan[]
  readonly context: LetterContext
}

const messageOf = async ({ raw, mail, parts, context }: Letter): Promise<InboundMessage | null> => {
  const head = rootHead(raw)
  const header = (name: string): string | null => headerOf(head, name)
  const identity = identityOf(raw)
  const inReplyTo = header('in-reply-to')
  const references = header('references')

  const report = deliveryReportOf({
    contentType: header('content-type'),
    inReplyTo,
    references,
    parts: mail.attachments.map(({ contentType, content }) => ({ type: contentType, bytes: content })),
  })
  if (report !== null) return { kind: 'bounce', ...identity, ...report }

  const from = senderOf(mail, context)
  if (from === null) return null
  const subject = cleanLine(mail.subject ?? '', SUBJECT_LENGTH_MAX)
  const body = await bodyOf(mail, parts, raw)
  return {
    kind: 'message',
    ...identity,
    from,
    alsoKnownAs: [],
    subject,
    ...body,
    uploadIds: [],
    sentAt: sentAtOf(header('date')),
    thread: threadOf({ inReplyTo, references, subject }),
    automatic: isAutomatic({
      header,
      subject,
      from: from.value,
      own: context.ownAddress?.toLowerCase() ?? null,
      hasNullSender: context.envelopeFrom === '' || /^<\s*>$/.test(header('return-path') ?? ''),
    }),
    priority: null,
  }
}

const NAME_LENGTH_MAX = 120

/** Whom to answer: From, and where that holds no address (RFC 5322 wants one) whoever else says to have sent it. */
const senderOf = (mail: ParsedMail, context: LetterContext): SenderAddress | null => {
  for (const name of ['from', 'reply-to', 'sender', 'return-path']) {
    const line = mail.headerLines.find(({ key }) => key === name)?.line
    if (line === undefined) continue
    const value = Buffer.from(line, 'latin1')
      .toString('utf8')
      .replace(/^[^:]*:/, '')
      .replace(/\r?\n[ \t]*/g, ' ')
    for (const entry of parseAddressHeader(value, { flatten: true, decodePunycode: false }).value) {
      const sender = addressOf(entry.address, entry.name)
      if (sender !== null) return sender
    }
  }
  return addressOf(context.envelopeFrom ?? undefined, '')
}

const addressOf = (address: string | undefined, name: string): SenderAddress | null => {
  const value = (address ?? '').trim().toLowerCase()
  if (!isMailAddress(value)) return null
  const displayName = cleanLine(name.replace(/\p{Cf}/gu, ''), NAME_LENGTH_MAX)
  return { kind: 'email', value, ...(displayName === '' || displayName.toLowerCase() === value ? {} : { displayName }) }
}

/** The years in which letters are sent; a clock far off says nothing. */
const SENT_AFTER = Date.UTC(1990, 0, 1)
const SENT_BEFORE = Date.UTC(2100, 0, 1)

const sentAtOf = (value: string | null): Date | null => {
  const at = Date.parse((value ?? '').replace(/\([^)]*\)/g, '').trim())
  return at >= SENT_AFTER && at < SENT_BEFORE ? new Date(at) : null
}

const BARE_BODY_BYTES_MAX = 100_000

interface Body {
  readonly text: string
  readonly quoteFrom: number | null
  readonly html: string | null
  readonly attachments: readonly InboundAttachment[]
}

const bodyOf = async (mail: ParsedMail, parts: readonly PartSpan[], raw: Buffer): Promise<Body> => {
  const dirty = typeof mail.html === 'string' ? cleanText(mail.html) : ''
  const html = dirty === '' ? null : sanitiseLetterHtml(dirty)
  const attachments = await takeAttachments(mail.attachments, html)
  const read = textOf(cleanText(mail.text ?? ''), dirty, html, parts)
  const isEmpty = read === '' && html === null && attachments.length === 0
  const { text, isCut, whole } = cutText(isEmpty ? bareBody(raw) : read)
  return { text, quoteFrom: findQuote(text), html, attachments: isCut ? [...attachments, wholeTextFile(whole)] : attachments }
}

const textOf = (plain: string, dirty: string, html: string | null, parts: readonly PartSpan[]): string => {
  if (plain !== '' && plainTextIsWhole(parts)) return plain
  const converted = cleanText(html === null ? roughTextOfHtml(dirty) : textOfHtml(html))
  return converted === '' ? plain : converted
}

/** A multipart that names no boundary has no parts for the parser; its author wrote something all the same. */
const bareBody = (raw: Buffer): string =>
  cleanText(decodeUnlabelled(raw.subarray(headEndOf(raw, 0)).subarray(0, BARE_BODY_BYTES_MAX)))

/** Whether every HTML part has a plain one as its alternative; otherwise the plain parts are but a footer. */
const plainTextIsWhole = (parts: readonly PartSpan[]): boolean => {
  const inline = parts.filter(({ isAttachment }) => !isAttachment)
  const plain = new Set(inline.filter(({ type }) => type === 'text/plain').map(({ alternative }) => alternative))
  return inline.every(({ type, alternative }) => type !== 'text/html' || (alternative !== null && plain.has(alternative)))
}
