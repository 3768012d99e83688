import type { MessageView, SettingsView } from '@oco/contract'
import type { Origin } from '@oco/security'
import { chooseFailover, waysOut, type Outbox } from '../channels/index.ts'
import { appendMessage, findByThreadKey, lockConversation, messageViews } from '../conversations/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { audit, type Database, type Db } from '../platform/db.ts'
import { readSettings } from '../settings/index.ts'
import { latestItem } from '../work-items/index.ts'

/** The latest messages of a conversation that a transcript holds. */
const TRANSCRIPT_MESSAGES_MAX = 500

export interface SendTranscript {
  readonly database: Database
  readonly outbox: Outbox
  readonly clock: Clock
}

/**
 * Queues a visit's latest conversation to an address. It stands in the thread as an event with a delivery of its own, so that an agent
 * sees that it was asked for, and what became of it; the text is put together when it is sent.
 */
export const queueTranscript =
  ({ database, outbox, clock }: SendTranscript) =>
  (by: Origin, key: { channelId: string; visitId: string }, email: string): Promise<'queued' | 'nothing_said' | 'no_mail'> =>
    database.transaction(async (tx) => {
      const found = await findByThreadKey(tx, key.channelId, key.visitId)
      // The item first, as what comes in does.
      const item = found === null ? null : await latestItem(tx, found.id)
      const conversation = found === null ? null : await lockConversation(tx, found.id)
      if (conversation === null) return 'nothing_said'
      const channels = await waysOut(tx)
      const queueId = channels.find(({ channelId }) => channelId === key.channelId)?.queueId ?? ''
      const addresses = [{ kind: 'email' as const, value: email }]
      const way = chooseFailover({ from: { channelId: key.channelId, queueId }, addresses, channels })
      if (way.kind === 'nowhere') return 'no_mail'
      const now = clock.now()
      const { id: messageId } = await appendMessage(
        tx,
        {
          conversationId: conversation.id,
          subjectId: conversation.contactId,
          kind: 'event',
          contactId: null,
          personId: null,
          text: ASKED_FOR[(await readSettings(tx)).locale](email),
          quoteFrom: null,
          html: null,
          automatic: true,
          externalId: null,
          idempotencyKey: null,
          deliveryState: 'queued',
          sentAt: null,
          now,
        },
        { personId: item?.assigneeId ?? null, queueId: null },
      )
      await outbox.put(tx, { messageId, channelId: way.channelId, subjectId: conversation.contactId, to: way.address, now })
      audit(tx, {
        action: 'conversation.transcript_sent',
        by,
        object: { kind: 'conversation', id: conversation.id },
        details: { messageId, channelId: way.channelId },
      })
      return 'queued'
    })

const ASKED_FOR: Readonly<Record<SettingsView['locale'], (email: string) => string>> = {
  ru: (email) => `Посетитель попросил прислать переписку на ${email}`,
  en: (email) => `The visitor asked for this conversation to be sent to ${email}`,
}

/** What was said before a place of the conversation, as the text of a letter. Neither notes nor events of the house are in it. */
export const transcriptText = async (db: Db, place: { conversationId: string; before: number }): Promise<string> => {
  const settings = await readSettings(db)
  const { conversationId, before } = place
  const messages = await messageViews(db, { conversationId, before, limit: TRANSCRIPT_MESSAGES_MAX })
  return formatTranscript(messages, settings)
}

/** Pure: one block a message, with the moment in the organisation's own time. */
export const formatTranscript = (
  messages: readonly MessageView[],
  { organisation, locale, timeZone }: Pick<SettingsView, 'organisation' | 'locale' | 'timeZone'>,
): string => {
  const moment = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' })
  const said = messages.filter(({ kind }) => kind === 'inbound' || kind === 'outbound')
  return said
    .map(({ author, at, text, attachments }) => {
      const name = author.kind === 'system' ? organisation : author.displayName
      const files = attachments.map(({ fileName }) => `[${fileName}]`)
      return [`${name}, ${moment.format(new Date(at))}`, ...(text === '' ? [] : [text]), ...files].join('\n')
    })
    .join('\n\n')
}
