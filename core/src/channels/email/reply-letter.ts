import type { SendMailOptions } from 'nodemailer'
import type { EmailSettings } from '@oco/contract'
import { SUBJECT_LENGTH_MAX } from '@oco/contract/limits'
import type { OutboundMessage } from '../channel.ts'
import { LOOP_HEADER } from './automatic-letter.ts'
import { safeFileName } from '../../kernel/file-name.ts'
import { cleanLine } from './letter-text.ts'
import { NUMBER_TOKEN } from './letter-thread.ts'

/** What answering adds in front of a subject, in the languages of the programs that people use. */
const REPLY_PREFIX = /^(?:(?:re|aw|fwd?|отв|ответ|пересл)(?:\[\d+\])?\s*:\s*)+/i
const TOKEN_LENGTH_MAX = 24
/** `<left@right>` of RFC 5322, 3.6.4. */
const MESSAGE_ID = /^<[^<>@\s]+@[^<>\s]+>$/

/** What came by another channel (a chat that goes on by mail) has ids of its own, which no letter knows. */
const letterIds = (references: readonly string[]): string[] =>
  references.map((id) => cleanLine(id, SUBJECT_LENGTH_MAX)).filter((id) => MESSAGE_ID.test(id))

/** The letter's Message-ID: the same on every try, so that a repeat after a crash is recognised as one. */
export const messageIdFor = (idempotencyKey: string, address: string): string =>
  `<${idempotencyKey.replace(/[^A-Za-z0-9._-]/g, '-')}@${address.slice(address.lastIndexOf('@') + 1)}>`

/** `Re: Subject [#42]`; the first letter of a thread gets no `Re:`. */
export const replySubject = (message: Pick<OutboundMessage, 'subject' | 'conversationNumber' | 'references'>): string => {
  const bare = cleanLine(message.subject, SUBJECT_LENGTH_MAX)
    .replace(new RegExp(NUMBER_TOKEN, 'g'), '')
    .trim()
    .replace(REPLY_PREFIX, '')
  const subject = bare.slice(0, SUBJECT_LENGTH_MAX - TOKEN_LENGTH_MAX).trim()
  const start = letterIds(message.references).length > 0 ? 'Re: ' : ''
  return `${start}${subject} [#${message.conversationNumber}]`.replace(/\s+/g, ' ').trim()
}

/** What nodemailer is to send for one reply. Pure; every value that a person typed is one line where the format wants one. */
export const replyLetter = (settings: EmailSettings, message: OutboundMessage): SendMailOptions => {
  const signature = [message.authorName, settings.signature]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n')
  const references = letterIds(message.references)
  const last = references.at(-1)
  return {
    messageId: messageIdFor(message.idempotencyKey, settings.address),
    date: message.sentAt,
    from: { name: cleanLine(settings.senderName, SUBJECT_LENGTH_MAX), address: settings.address },
    to: { name: cleanLine(message.to.displayName ?? '', SUBJECT_LENGTH_MAX), address: message.to.value },
    envelope: { from: settings.address, to: [message.to.value] },
    subject: replySubject(message),
    ...(last === undefined ? {} : { inReplyTo: last, references }),
    headers: { [LOOP_HEADER]: settings.address },
    text: signature === '' ? message.text : `${message.text}\n\n-- \n${signature}`,
    ...(message.html === null ? {} : { html: signature === '' ? message.html : message.html + htmlSignature(signature) }),
    attachments: message.attachments.map(({ fileName, mediaType, bytes }, index) => ({
      filename: safeFileName(fileName, `attachment-${index + 1}`),
      contentType: /^[\w.+-]+\/[\w.+-]+$/.test(mediaType) ? mediaType : 'application/octet-stream',
      content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      contentDisposition: 'attachment' as const,
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const htmlSignature = (signature: string): string =>
  `<p>-- <br>${signature.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '').replace(/\n/g, '<br>')}</p>`
