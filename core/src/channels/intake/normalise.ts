import { createHash } from 'node:crypto'
import type { createIntake, RequestOf } from '@oco/contract'
import { firstWords, plainLine, plainText } from '../../kernel/plain-text.ts'
import type { InboundMessage, SenderAddress } from '../channel.ts'

const SUBJECT_LENGTH = 80

export type IntakeBody = RequestOf<typeof createIntake>['body']

/**
 * A request of another system as the story takes it. That system has signed in and answers for what it says, so all addresses
 * that it names are the same contact's; the first is the one that answers would go to. null where nothing readable is left of it.
 */
export const normaliseIntake = (body: IntakeBody, idempotencyKey: string, now: Date): InboundMessage | null => {
  const [from, ...alsoKnownAs] = addressesOf(body.from)
  const text = plainText(body.text).trim()
  if (from === undefined || text === '') return null
  return {
    kind: 'message',
    externalId: idempotencyKey,
    from,
    alsoKnownAs,
    subject: plainLine(body.subject) || firstWords(text, SUBJECT_LENGTH),
    text,
    quoteFrom: null,
    html: null,
    attachments: [],
    uploadIds: [],
    sentAt: now,
    thread: { ...(body.caseId === undefined ? {} : { conversationKey: plainLine(body.caseId) }), references: [] },
    automatic: false,
    priority: body.priority ?? null,
    digest: digestOf(body),
  }
}

/** The same for the same content, however the sender has ordered its fields. */
export const digestOf = (body: IntakeBody): string => {
  const { from, subject, text, priority, caseId } = body
  const parts = [from.name, from.email, from.phone, from.externalId, subject, text, priority, caseId]
  return createHash('sha256')
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest('hex')
}

const addressesOf = (from: IntakeBody['from']): SenderAddress[] => {
  const name = from.name === undefined ? '' : plainLine(from.name)
  const named = name === '' ? {} : { displayName: name }
  const given = [
    { kind: 'email', value: from.email },
    { kind: 'phone', value: from.phone },
    { kind: 'external', value: from.externalId },
  ] as const
  return given.flatMap(({ kind, value }) => {
    const plain = plainLine(value ?? '')
    return plain === '' ? [] : [{ kind, value: plain, ...named }]
  })
}
