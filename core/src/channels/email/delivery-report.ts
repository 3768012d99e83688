import { headEndOf, headerOf } from './letter-scan.ts'
import { messageIdOf, referencesOf } from './letter-thread.ts'
import { cleanLine } from './letter-text.ts'

const REASON_LENGTH_MAX = 500

/** One part of a multipart/report, decoded. */
export interface ReportPart {
  readonly type: string
  readonly bytes: Buffer
}

export interface DeliveryReport {
  /** The Message-ID that could not be delivered. */
  readonly about: string
  readonly permanent: boolean
  readonly reason: string
}

/**
 * A delivery status notification (RFC 3464) about a letter of ours; null where it is none, tells of a success, or does not say
 * which letter it means. Postfix and Exchange return the letter or its header; where that is missing, the report's own
 * In-Reply-To and References name it.
 */
export const deliveryReportOf = (letter: {
  contentType: string | null
  inReplyTo: string | null
  references: string | null
  parts: readonly ReportPart[]
}): DeliveryReport | null => {
  if (!/^multipart\/report\b/i.test(letter.contentType ?? '')) return null
  const status = letter.parts.find(({ type }) => /^message\/(global-)?delivery-status$/.test(type))
  if (status === undefined) return null
  const recipients = recipientsOf(status.bytes.toString('utf8'))
  const failed = recipients.find(({ action }) => action === 'failed') ?? recipients.find(({ action }) => action === 'delayed')
  const about = returnedIdOf(letter.parts) ?? referencesOf(letter.inReplyTo, letter.references)[0] ?? null
  if (failed === undefined || about === null) return null
  return { about, permanent: failed.action === 'failed', reason: failed.reason }
}

interface Recipient {
  readonly action: string
  readonly reason: string
}

/** Blocks of fields, divided by empty lines; the first is about the report as a whole (RFC 3464, 2.1). */
const recipientsOf = (status: string): Recipient[] =>
  status
    .split(/\r?\n[ \t]*(?:\r?\n[ \t]*)+/)
    .map((block) => ({ block, action: (headerOf(block, 'action') ?? '').toLowerCase().split(/[\s;(]/, 1)[0] ?? '' }))
    .filter(({ action }) => action !== '')
    .map(({ block, action }) => ({ action, reason: reasonOf(block) }))

/** What the other server said, with the address that it said it about: `client@example.ru: 550 5.1.1 no such user`. */
const reasonOf = (block: string): string => {
  const bare = (value: string | null): string => (value ?? '').replace(/^[a-z0-9-]+\s*;\s*/i, '').trim()
  const address = bare(headerOf(block, 'final-recipient')) || bare(headerOf(block, 'original-recipient'))
  const said = bare(headerOf(block, 'diagnostic-code')) || (headerOf(block, 'status') ?? '')
  return cleanLine([address, said].filter((text) => text !== '').join(': '), REASON_LENGTH_MAX)
}

const returnedIdOf = (parts: readonly ReportPart[]): string | null => {
  for (const { type, bytes } of parts) {
    if (!/^(message\/rfc822|message\/global|text\/rfc822-headers|message\/global-headers)$/.test(type)) continue
    const id = messageIdOf(headerOf(bytes.toString('latin1', 0, headEndOf(bytes, 0)), 'message-id'))
    if (id !== null) return id
  }
  return null
}
