import assert from 'node:assert/strict'
import { startTestApp, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'

const PASSWORD = 'демонстрация-12'

describe('the demonstration', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp({ demo: true, demoPassword: PASSWORD, lmtp: null })
  })
  after(() => test.stop())

  it('holds a month of work, lets fresh letters come in, and gives the agent something to go on with', async () => {
    const agent = await test.client().signIn('agent', PASSWORD)
    const mine = await agent.call('listConversations', { query: { view: 'mine' } })
    assert.equal(mine.rows.length, 4)
    const { rows: resolved } = await agent.call('listConversations', { query: { view: 'resolved', limit: 200 } })
    assert.ok(resolved.length > 150, `only ${String(resolved.length)}`)
    const waiting = await eventually(async () => {
      const { rows } = await agent.call('listConversations', { query: { view: 'queue' } })
      return rows.length === 3 ? rows : null
    })
    assert.ok(waiting.every(({ channel }) => channel === 'email'))
    const desk = await agent.call('readDesk')
    assert.equal(desk.agentState.capacityUsed, 40)
  })

  it('lets its mail go out to the customer’s own box', async () => {
    const agent = await test.client().signIn('agent', PASSWORD)
    const { rows } = await agent.call('listConversations', { query: { view: 'mine' } })
    const params = { id: rows[0]?.id ?? '' }
    await agent.call('replyToConversation', { params, body: { text: 'Добрый день! Всё готово.', idempotencyKey: 'demo-0001' } })
    await eventually(async () => {
      const page = await fetch(test.started.demo?.peerAddress ?? '')
      return (await page.text()).includes('Всё готово.') ? true : null
    })
  })
})
