import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { completeFirstRun, openLive, startTestApp, type FirstRun, type TestApp } from '../../test/app.ts'

describe('the live connection of a page', () => {
  let test: TestApp
  let people: FirstRun
  before(async () => {
    test = await startTestApp()
    people = await completeFirstRun(test)
  })
  after(() => test.stop())

  const upgrade = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${test.started.address.replace('http', 'ws')}/api/v1/live`, { headers })
      socket.on('open', () => {
        resolve(101)
        socket.close()
      })
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0)
        response.resume()
      })
      socket.on('error', reject)
    })

  it('is opened by a page of the product alone, and by nobody who has not signed in', async () => {
    const { cookie } = people.agent
    assert.equal(await upgrade({ cookie, origin: test.started.address }), 101)
    assert.equal(await upgrade({ cookie, origin: 'http://evil.example' }), 403)
    assert.equal(await upgrade({ cookie, origin: 'null' }), 403)
    assert.equal(await upgrade({}), 401)
  })

  it('goes on from its cursor, and tells a page with a foreign cursor to load anew', async () => {
    const page = await openLive(people.agent)
    const hello = page.frames.find((frame) => frame.kind === 'hello')
    assert.ok(hello?.kind === 'hello')
    await page.close()
    await people.agent.call('changeOwnAgentState', { body: { state: 'not_ready', reason: 'lunch' } })
    const back = await openLive(people.agent, hello.cursor)
    const missed = back.frames.find((frame) => frame.kind === 'events')
    assert.ok(missed?.kind === 'events' && missed.events.some(({ type }) => type === 'agent_state.changed'))
    await back.close()
    const lost = await openLive(people.agent, 'nonsense')
    assert.ok(lost.frames.some(({ kind }) => kind === 'reload'))
    await lost.close()
  })

  it('answers a ping, and nothing to what is no frame', async () => {
    const page = await openLive(people.agent)
    const pong = page.next(({ kind }) => kind === 'pong')
    page.send('nonsense')
    page.send({ kind: 'ping' })
    await pong
    await page.close()
  })
})
