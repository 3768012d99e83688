import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { sql } from '../../src/platform/db.ts'
import { eventually } from '../eventually.ts'
import type { ProblemError } from '../http-client.ts'
import { openMailOffice, type MailOffice } from './mail-office.ts'

const HEAD = 'From: =?utf-8?B?0JzQsNGA0LjRjw==?= <client@example.test>\nTo: support@example.test\nMIME-Version: 1.0\n'
const TEXT = 'Content-Type: text/plain; charset=utf-8\n'

interface Written {
  readonly id: string
  readonly subject: string
  readonly text: string
  /** Further header lines, each with its line feed. */
  readonly more?: string
}

const letter = ({ id, subject, text, more = '' }: Written): string =>
  `${HEAD}${more}Message-ID: <${id}@client.test>\nSubject: ${subject}\n${TEXT}\n${text}\n`.replaceAll('\n', '\r\n')

describe('a letter goes the whole way', () => {
  let folder: string
  let office: MailOffice
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oco-letters-'))
    office = await openMailOffice(folder)
  })
  after(async () => {
    await office.stop()
    await rm(folder, { recursive: true })
  })

  const actionsOn = async (objectId: string): Promise<string[]> => {
    const rows = await office.test.db.database.read
      .selectFrom('audit_event')
      .select('action')
      .where('object_id', '=', objectId)
      .orderBy('sequence')
      .execute()
    return rows.map(({ action }) => action)
  }
  const messagesOnce = (conversationId: string, count: number) =>
    eventually(async () => {
      const conversation = await office.read(conversationId)
      return conversation.messages.length >= count ? conversation : null
    })
  /** A conversation that was answered and resolved. */
  const resolved = async (id: string, subject: string) => {
    await office.deliver(letter({ id, subject, text: 'Вопрос' }))
    const conversation = await office.accept(subject)
    await office.answer(conversation.id, `Ответ на ${subject}`)
    await office.sentAbout(`In-Reply-To: <${id}@client.test>`)
    const workItemId = conversation.workItem?.id ?? ''
    await office.resolve(workItemId)
    return { conversationId: conversation.id, workItemId }
  }

  it('comes in by LMTP once, is answered by SMTP in its thread, and each step is on record', async () => {
    const raw = letter({ id: 'first', subject: 'Invoice', text: 'Где счёт?' })
    await office.deliver(raw)
    await office.deliver(raw)
    const { id, number, messages, contact } = await office.accept('Invoice')
    assert.deepEqual(
      messages.map(({ kind, text }) => [kind, text.trim()]),
      [['inbound', 'Где счёт?']],
    )
    assert.deepEqual(contact.addresses, [{ kind: 'email', value: 'client@example.test' }])
    await office.answer(id, 'Счёт во вложении.')
    const { raw: sent, to } = await office.sentAbout('In-Reply-To: <first@client.test>')
    const mail = await simpleParser(sent)
    assert.deepEqual(to, ['client@example.test'])
    assert.equal(mail.subject, `Re: Invoice [#${number}]`)
    assert.deepEqual([mail.references].flat(), ['<first@client.test>'])
    assert.match(mail.text ?? '', /^Счёт во вложении\./)
    const answer = await eventually(async () => {
      const last = (await office.read(id)).messages.at(-1)
      return last?.delivery?.state === 'sent' ? last : null
    })
    assert.equal(mail.messageId, `<${answer.id}@example.test>`)
    assert.deepEqual(await actionsOn(answer.id), ['message.queued', 'message.sent'])
    assert.deepEqual(await actionsOn(messages[0]?.id ?? ''), ['message.received'])
  })

  it('is kept also where the sender’s program gives two letters one id', async () => {
    for (const subject of ['First of a form', 'Second of a form']) {
      await office.deliver(letter({ id: 'form', subject, text: subject }))
      await office.deliver(letter({ id: 'form', subject, text: subject, more: 'Received: from a by b; now\n' }))
    }
    const first = await office.accept('First of a form')
    const second = await office.accept('Second of a form')
    assert.notEqual(first.id, second.id)
    assert.deepEqual([first.messages.length, second.messages.length], [1, 1])
    await office.answer(second.id, 'Отвечаем на вторую')
    await office.sentAbout('In-Reply-To: <form@client.test>')
  })

  it('goes on in its thread, whether the program keeps References or only the number in the subject', async () => {
    await office.deliver(letter({ id: 'thread-1', subject: 'Delivery', text: 'Когда?' }))
    const { id, number } = await office.accept('Delivery')
    await office.deliver(
      letter({ id: 'thread-2', subject: 'Re: Delivery', text: 'Ау?', more: 'References: <thread-1@client.test>\n' }),
    )
    await messagesOnce(id, 2)
    await office.deliver(letter({ id: 'thread-3', subject: `Ещё раз [#${number}]`, text: 'Жду.' }))
    const { messages } = await messagesOnce(id, 3)
    assert.deepEqual(
      messages.map(({ text }) => text.trim()),
      ['Когда?', 'Ау?', 'Жду.'],
    )
  })

  it('shows a stranger in its thread under his own name, and answers him only where the agent chooses to', async () => {
    await office.deliver(letter({ id: 'own-1', subject: 'Statement', text: 'Пришлите выписку' }))
    const { id, contact } = await office.accept('Statement')
    const stranger = letter({
      id: 'own-2',
      subject: 'Re: Statement',
      text: 'Мне тоже',
      more: 'In-Reply-To: <own-1@client.test>\n',
    })
    await office.deliver(stranger.replace('<client@example.test>', '<mallory@example.test>'))
    const { messages, replyTo } = await messagesOnce(id, 2)
    const author = messages.at(-1)?.author
    assert.ok(author?.kind === 'contact' && author.id !== contact.id)
    assert.equal(replyTo?.address, 'client@example.test')
    await office.answer(id, 'Выписка во вложении')
    assert.deepEqual((await office.sentAbout('In-Reply-To: <own-2@client.test>')).to, ['client@example.test'])

    const choose = (toContactId: string, text: string) =>
      office.agent.call('replyToConversation', {
        params: { id },
        body: { text, idempotencyKey: `chosen-${toContactId}`, toContactId },
      })
    await choose(author.id, 'Statement is not yours')
    assert.deepEqual((await office.sentAbout('Statement is not yours')).to, ['mallory@example.test'])
    await assert.rejects(choose(id, 'Никому'), ({ problem }: ProblemError) => problem.code === 'invalid_input')
  })

  it('takes up again what was put aside until the customer answers', async () => {
    await office.deliver(letter({ id: 'pend-1', subject: 'Contract', text: 'Пришлите договор' }))
    const { id, workItem } = await office.accept('Contract')
    await office.agent.call('pendWorkItem', { params: { id: workItem?.id ?? '' }, body: { until: null } })
    await office.deliver(
      letter({ id: 'pend-2', subject: 'Re: Contract', text: 'Вот', more: 'In-Reply-To: <pend-1@client.test>\n' }),
    )
    await eventually(async () => ((await office.read(id)).workItem?.state === 'assigned' ? true : null))
  })

  it('does not reopen what is resolved when a machine answers', async () => {
    const { conversationId, workItemId } = await resolved('machine-1', 'Vacation')
    await office.deliver(
      letter({
        id: 'machine-2',
        subject: 'Automatic reply: Vacation',
        text: 'Я в отпуске',
        more: 'In-Reply-To: <machine-1@client.test>\nAuto-Submitted: auto-replied\n',
      }),
    )
    const { messages, workItem } = await messagesOnce(conversationId, 3)
    assert.deepEqual([messages.at(-1)?.kind, messages.at(-1)?.automatic], ['inbound', true])
    assert.deepEqual([workItem?.id, workItem?.state], [workItemId, 'resolved'])
  })

  it('reopens within the window as a linked item of the same conversation', async () => {
    const { conversationId, workItemId } = await resolved('again-1', 'Router')
    await office.deliver(
      letter({ id: 'again-2', subject: 'Re: Router', text: 'Опять', more: 'In-Reply-To: <again-1@client.test>\n' }),
    )
    const { id, workItem } = await office.accept('Router')
    assert.equal(id, conversationId)
    assert.equal(workItem?.reopenedFrom, workItemId)
    assert.deepEqual((await actionsOn(workItem?.id ?? ''))[0], 'work_item.reopened')
  })

  it('starts a conversation of its own after the window', async () => {
    const { conversationId, workItemId } = await resolved('late-1', 'Modem')
    await sql`update work_item set resolved_at = resolved_at - interval '60 days' where id = ${workItemId}`.execute(
      office.test.db.database.read,
    )
    await office.deliver(
      letter({ id: 'late-2', subject: 'Re: Modem', text: 'Снова', more: 'In-Reply-To: <late-1@client.test>\n' }),
    )
    const { id, workItem, messages } = await office.accept('Modem')
    assert.notEqual(id, conversationId)
    assert.equal(workItem?.reopenedFrom, null)
    assert.equal(messages.length, 1)
  })

  it('shows on the answer that it bounced, and brings a resolved request back', async () => {
    const { conversationId, workItemId } = await resolved('bounce-1', 'Lost')
    const sent = (await office.read(conversationId)).messages.at(-1)
    await office.deliver(bounceOf(`<${sent?.id ?? ''}@example.test>`), '')
    const { messages, workItem } = await office.accept('Lost')
    assert.equal(workItem?.reopenedFrom, workItemId)
    const answer = messages.find(({ id }) => id === sent?.id)
    assert.equal(answer?.delivery?.state, 'bounced')
    assert.match(answer.delivery.reason ?? '', /User doesn't exist/)
    assert.deepEqual((await actionsOn(sent?.id ?? '')).at(-1), 'message.bounced')
    assert.equal(messages.length, 2)
  })

  it('says on the answer why the server did not take it', async () => {
    await office.deliver(letter({ id: 'refused-1', subject: 'Refused', text: 'Вопрос' }))
    const { id } = await office.accept('Refused')
    office.smtp.fail({ at: 'rcpt', code: 550 })
    await office.answer(id, 'Не дойдёт')
    const failed = await eventually(async () => {
      const last = (await office.read(id)).messages.at(-1)
      return last?.delivery?.state === 'failed' ? last : null
    })
    assert.match(failed.delivery?.reason ?? '', /550/)
    assert.deepEqual(await actionsOn(failed.id), ['message.queued', 'message.failed'])
  })
})

const bounceOf = (messageId: string): string =>
  `From: MAILER-DAEMON@relay.example.test
To: support@example.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-${messageId.slice(1)}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=R

--R
Content-Type: text/plain

The mail could not be delivered.

--R
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.test

Final-Recipient: rfc822; client@example.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User doesn't exist

--R
Content-Type: message/rfc822

From: support@example.test
To: client@example.test
Message-ID: ${messageId}

Text of ours

--R--
`.replaceAll('\n', '\r\n')
