import assert from 'node:assert/strict'
import { sql } from '../../src/platform/db.ts'
import { completeFirstRun, startTestApp, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'
import { ProblemError, type HttpClient } from '../http-client.ts'

const PASSWORD = 'демонстрация-12'
const TABLES = [
  'person',
  'queue',
  'channel',
  'contact',
  'conversation',
  'message',
  'work_item',
  'offer',
  'handling',
  'inbox',
  'outbox',
  'skill',
  'disposition',
  'draft',
  'attachment',
  'blob',
] as const

const counts = async (test: TestApp): Promise<Record<string, number>> => {
  const found: Record<string, number> = {}
  for (const table of TABLES) {
    const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)}`.execute(test.db.database.read)
    found[table] = rows[0]?.rows ?? 0
  }
  return found
}

describe('the demonstration, from its load to its removal', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp({ demo: true, demoPassword: PASSWORD, lmtp: null })
  })
  after(() => test.stop())
  const signIn = (login: string): Promise<HttpClient> => test.client().signIn(login, PASSWORD)
  const [AGENT, SUPERVISOR, OFFICER, ADMINISTRATOR] = ['agent', 'supervisor', 'officer', 'admin']

  it('starts with an organisation at work: four people, a month of requests, the wizard shut', async () => {
    const { demo } = test.started
    assert.equal(demo?.password, PASSWORD)
    assert.deepEqual(demo.logins, [AGENT, SUPERVISOR, OFFICER, ADMINISTRATOR])
    assert.equal(test.started.setupCode, null)
    const roles = await Promise.all(
      demo.logins.map(async (login) => (await (await signIn(login)).call('readSession')).person.role),
    )
    assert.deepEqual(roles, ['agent', 'supervisor', 'security_officer', 'administrator'])
    const { conversation = 0, message = 0 } = await counts(test)
    assert.ok(conversation >= 200, `${conversation} conversations are no month of work`)
    assert.ok(message > conversation)
  })

  it('gives the agent something to go on with, a past, and fresh letters in the line', async () => {
    const agent = await signIn(AGENT ?? '')
    const list = async (view: 'mine' | 'resolved' | 'queue') =>
      (await agent.call('listConversations', { query: { view, limit: 200 } })).rows
    assert.equal((await list('mine')).length, 4)
    assert.equal((await agent.call('readDesk')).agentState.capacityUsed, 40)
    const resolved = await list('resolved')
    assert.ok(resolved.length > 150, `only ${String(resolved.length)}`)
    const waiting = await eventually(async () => {
      const rows = await list('queue')
      return rows.length === 3 ? rows : null
    })
    assert.ok(waiting.every(({ channel }) => channel === 'email'))
    for (const { id, channel, subject } of [...(await list('mine')), ...resolved]) {
      // Visitors of chats have gone long ago.
      if (channel === 'webchat') continue
      const { replyTo } = await agent.call('readConversation', { params: { id } })
      assert.ok(replyTo !== null, `nobody can be answered about «${subject}» (${channel})`)
    }
  })

  it('lets its letters come in by themselves, and be answered into the box of its customer', async () => {
    const agent = await signIn(AGENT ?? '')
    await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    const { id, workItem } = await eventually(async () => {
      const { offers } = await agent.call('readDesk')
      return offers.find(({ channel }) => channel === 'email') ?? null
    })
    await agent.call('acceptOffer', { params: { id: workItem?.id ?? '' }, body: { offerId: workItem?.offer?.id ?? '' } })
    const text = 'Проверили: всё работает.'
    const body = new TextEncoder().encode('Акт проверки')
    const { id: uploadId } = await agent.call('uploadAttachment', { query: { fileName: 'акт.txt' }, body })
    const reply = { text, uploadIds: [uploadId], idempotencyKey: 'demo-reply-1' }
    await agent.call('replyToConversation', { params: { id }, body: reply })
    await eventually(async () => {
      const page = await (await fetch(test.started.demo?.peerAddress ?? '')).text()
      return page.includes(text) ? true : null
    })
  })

  it('starts anew over the same data without loading it twice', async () => {
    const before = await counts(test)
    const again = await startTestApp({ demo: true, demoPassword: PASSWORD }, test)
    const { person, conversation } = await counts(test)
    assert.deepEqual({ person, conversation }, { person: before['person'], conversation: before['conversation'] })
    await again.stop()
  })

  it('is gone by one click: nothing of it is left but the record and whoever clicked', async () => {
    const admin = await signIn(ADMINISTRATOR ?? '')
    assert.equal((await admin.call('readSettings')).demo, true)
    assert.ok(((await counts(test))['blob'] ?? 0) > 0)
    const removed = await admin.call('removeDemo')
    const { conversations, contacts, people } = removed
    assert.ok(conversations >= 200 && contacts > 20 && people === 3, JSON.stringify(removed))
    const left = await counts(test)
    assert.deepEqual(
      Object.entries(left).filter(([, rows]) => rows > 0),
      [['person', 1]],
    )
    assert.equal((await admin.call('readSettings')).demo, false)
    const refusal = await signIn(AGENT ?? '').then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(refusal instanceof ProblemError)
    assert.equal(refusal.problem.code, 'bad_credentials')
    const again = await admin.call('removeDemo').then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(again instanceof ProblemError)
    assert.equal(again.problem.code, 'not_found')
  })

  it('does not touch an installation that is in use', async () => {
    const real = await startTestApp()
    await completeFirstRun(real)
    const before = await counts(real)
    const beside = await startTestApp({ demo: true, demoPassword: PASSWORD }, real)
    assert.equal(beside.started.demo, null)
    assert.deepEqual(await counts(real), before)
    await beside.stop()
    await real.stop()
  })
})
