import { fileTypeFromBuffer } from 'file-type'
import type { Attachment } from 'mailparser'
import { ATTACHMENT_SIZE_BYTES_MAX } from '@oco/contract/limits'
import type { InboundAttachment } from '../channel.ts'
import { LETTER_ATTACHMENTS_MAX } from './limits.ts'
import { safeFileName } from '../../kernel/file-name.ts'

interface Kind {
  readonly mediaType: string
  readonly extension: string
}

const SAMPLE_BYTES = 64 * 1024
/** Text of any charset holds none of these bytes. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/

/** What the bytes are, whatever the sender calls them. Text stays plain text: nothing that a browser would run. */
export const sniffKind = async (bytes: Uint8Array): Promise<Kind> => {
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  if (found !== undefined) return { mediaType: found.mime, extension: found.ext }
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  const text = Buffer.from(sample).toString('latin1')
  if (/^BEGIN:VCALENDAR/i.test(text)) return { mediaType: 'text/calendar', extension: 'ics' }
  if (/^BEGIN:VCARD/i.test(text)) return { mediaType: 'text/vcard', extension: 'vcf' }
  return CONTROLS.test(text)
    ? { mediaType: 'application/octet-stream', extension: 'bin' }
    : { mediaType: 'text/plain', extension: 'txt' }
}

/** A letter inside of a letter is known by its place in the structure; its bytes look like any text. */
const kindOf = async (attachment: Attachment): Promise<Kind> =>
  attachment.contentType === 'message/rfc822' ? { mediaType: 'message/rfc822', extension: 'eml' } : sniffKind(attachment.content)

const LEFT_OUT_NAME = 'Вложения, которые не приняты.txt'
const WHOLE_TEXT_NAME = 'Полный текст письма.txt'

const textFile = (fileName: string, text: string): InboundAttachment => ({
  fileName,
  mediaType: 'text/plain',
  bytes: new TextEncoder().encode(text),
  inline: false,
})

/** The whole text of a letter whose text was cut. */
export const wholeTextFile = (text: string): InboundAttachment => textFile(WHOLE_TEXT_NAME, text)

/**
 * The attachments that the product takes, in their order. Too large ones and those above the limit are named in a text file,
 * so that the agent knows to ask for them. `html` says which of them it shows.
 */
export const takeAttachments = async (attachments: readonly Attachment[], html: string | null): Promise<InboundAttachment[]> => {
  const taken: InboundAttachment[] = []
  const leftOut: string[] = []
  for (const attachment of attachments) {
    const { content } = attachment
    const kind = await kindOf(attachment)
    const fileName = safeFileName(attachment.filename, `attachment-${taken.length + 1}.${kind.extension}`)
    if (content.length > ATTACHMENT_SIZE_BYTES_MAX || taken.length >= LETTER_ATTACHMENTS_MAX) {
      leftOut.push(`${fileName} (${content.length})`)
      continue
    }
    const contentId = (attachment.cid ?? '').replace(/[^\x21-\x7e]/g, '').slice(0, 250)
    const inline = contentId !== '' && html !== null && html.includes(`cid:${contentId}`)
    taken.push({
      fileName,
      mediaType: kind.mediaType,
      bytes: content,
      ...(contentId === '' ? {} : { contentId }),
      inline,
    })
  }
  return leftOut.length === 0 ? taken : [...taken, textFile(LEFT_OUT_NAME, `${leftOut.join('\n')}\n`)]
}
