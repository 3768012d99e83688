import type { VisitorFrame } from '@oco/contract'
import { firstWords, plainLine, plainText } from '../../kernel/plain-text.ts'
import type { InboundMessage } from '../channel.ts'
import type { ChatFile } from './product.ts'

const SUBJECT_LENGTH = 80

type MessageFrame = Extract<VisitorFrame, { kind: 'message' }>

export interface Speaker {
  readonly visitId: string
  readonly name: string
}

/**
 * A visitor's frame as the story takes it; null where it says nothing. The visitor's e-mail is no address of the contact: nobody
 * has verified it, so it must not make two people one.
 */
export const normaliseMessage = (
  speaker: Speaker,
  frame: MessageFrame,
  uploads: readonly ChatFile[],
  now: Date,
): InboundMessage | null => {
  const text = plainText(frame.text).trim()
  if (text === '' && uploads.length === 0) return null
  return {
    kind: 'message',
    externalId: externalIdOf(speaker.visitId, frame.clientKey),
    from: { kind: 'visitor', value: speaker.visitId, displayName: speaker.name },
    alsoKnownAs: [],
    subject: firstWords(text, SUBJECT_LENGTH) || firstWords(uploads[0]?.fileName ?? '', SUBJECT_LENGTH),
    text,
    quoteFrom: null,
    html: null,
    attachments: [],
    uploadIds: uploads.map(({ id }) => id),
    sentAt: now,
    thread: { conversationKey: speaker.visitId, references: [] },
    automatic: false,
    priority: null,
  }
}

export const externalIdOf = (visitId: string, clientKey: string): string => `${visitId}:${clientKey}`

/** The visitor's own key in a message's external id; null where another channel has made that id. */
export const clientKeyOf = (externalId: string | null, visitId: string): string | null =>
  externalId?.startsWith(`${visitId}:`) === true ? externalId.slice(visitId.length + 1) : null

/** A visitor's name for people; null where nothing readable is left of it. */
export const visitorName = (name: string): string | null => plainLine(name) || null
