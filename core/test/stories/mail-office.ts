import type { ConversationView, DeskView } from '@oco/contract'
import { completeFirstRun, startTestApp, type FirstRun, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'
import { makeCertificate } from '../peers/certificate.ts'
import { emailSettings } from '../peers/email-account.ts'
import { SUPPORT } from '../peers/mail-peer.ts'
import { startSmtpPeer, type SmtpPeer, type TakenLetter } from '../peers/smtp.ts'
import { lmtpRelay } from '../peers/lmtp-relay.ts'

/** The product in this process with one mailbox, into which letters come by LMTP and whose answers a real SMTP server takes. */
export interface MailOffice extends FirstRun {
  readonly test: TestApp
  readonly smtp: SmtpPeer
  readonly channelId: string
  /** Hands a letter over as a relay does; rejects where the product does not answer 250. */
  deliver(raw: string | Buffer, from?: string): Promise<void>
  /** What the product has sent about this; waits for it. */
  sentAbout(words: string): Promise<TakenLetter>
  /** Waits for the offer of a conversation with this subject, and takes it. */
  accept(subject: string): Promise<ConversationView>
  read(conversationId: string): Promise<ConversationView>
  answer(conversationId: string, text: string): Promise<void>
  resolve(workItemId: string): Promise<void>
  stop(): Promise<void>
}

export const openMailOffice = async (folder: string): Promise<MailOffice> => {
  const smtp = await startSmtpPeer({ certificate: await makeCertificate(folder), tls: 'plain' })
  const test = await startTestApp()
  const settings = emailSettings({ smtpPort: smtp.port })
  const people = await completeFirstRun(test, { mail: { name: 'Почта', settings } })
  const { agent } = people
  await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
  const read: MailOffice['read'] = (id) => agent.call('readConversation', { params: { id } })
  const offered = ({ offers }: DeskView, subject: string) => offers.find((row) => row.subject === subject) ?? null
  let keys = 0
  return {
    ...people,
    test,
    smtp,
    channelId: people.mailChannelId ?? '',
    async deliver(raw, from = 'client@example.test') {
      const transport = lmtpRelay(test.started.lmtpPort ?? 0)
      try {
        const { rejected } = await transport.sendMail({ envelope: { from, to: SUPPORT.address }, raw })
        if (rejected.length > 0) throw new Error('the letter was refused')
      } finally {
        transport.close()
      }
    },
    sentAbout: (words) =>
      eventually(() => Promise.resolve(smtp.letters.find(({ raw }) => raw.toString('utf8').includes(words)) ?? null)),
    async accept(subject) {
      const row = await eventually(async () => offered(await agent.call('readDesk'), subject))
      const { workItem } = row
      const offerId = workItem?.offer?.id ?? ''
      await agent.call('acceptOffer', { params: { id: workItem?.id ?? '' }, body: { offerId } })
      return read(row.id)
    },
    read,
    async answer(conversationId, text) {
      const idempotencyKey = `answer-${String(++keys)}`
      await agent.call('replyToConversation', { params: { id: conversationId }, body: { text, idempotencyKey } })
    },
    async resolve(id) {
      await agent.call('resolveWorkItem', { params: { id }, body: { dispositionId: null } })
    },
    async stop() {
      await test.stop()
      await smtp.stop()
    },
  }
}
