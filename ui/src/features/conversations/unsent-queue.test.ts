import assert from 'node:assert/strict'
import type { MessageView } from '@oco/contract'
import { ApiProblem } from '../../api/problem.ts'
import type { BrowserStore } from './browser-store.ts'
import { createUnsentQueue, type Unsent, type UnsentQueue } from './unsent-queue.ts'

function memoryStore(): BrowserStore {
  const values = new Map<string, string>()
  return {
    read: (key) => JSON.parse(values.get(key) ?? 'null') as unknown,
    write: (key, value) => void values.set(key, JSON.stringify(value)),
    remove: (key) => void values.delete(key),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  }
}

const draft = (key: string, conversationId = 'c1'): Omit<Unsent, 'state'> => ({
  key,
  conversationId,
  kind: 'reply',
  text: key,
  html: null,
  toContactId: null,
  uploads: [],
  at: `2026-03-02T09:00:0${key.length}Z`,
})
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A server that answers as told, and repeats its first answer for a key that it knows. */
function fakeServer() {
  const received: string[] = []
  let failure: ApiProblem | null = null
  return {
    received,
    fail: (problem: ApiProblem | null) => (failure = problem),
    send: async (message: Unsent): Promise<MessageView> => {
      if (failure) throw failure
      if (!received.includes(message.key)) received.push(message.key)
      return { id: message.key } as MessageView
    },
  }
}

describe('messages on their way to the server', () => {
  let server: ReturnType<typeof fakeServer>
  let store: BrowserStore
  let timers: (() => void)[]
  let queue: UnsentQueue

  const open = (person = 'p1'): UnsentQueue =>
    createUnsentQueue({
      store,
      prefix: `oco.unsent.${person}.`,
      send: server.send,
      onChange: () => undefined,
      onSent: () => undefined,
      later: (run) => {
        timers.push(run)
        return () => undefined
      },
    })

  beforeEach(() => {
    server = fakeServer()
    store = memoryStore()
    timers = []
    queue = open()
  })

  it('go at once and leave nothing behind', async () => {
    queue.add(draft('a'))
    await settle()
    assert.deepEqual([server.received, queue.all(), store.keys('')], [['a'], [], []])
  })

  it('wait for the line and then go in their order', async () => {
    server.fail(new ApiProblem('unreachable', 0))
    queue.add(draft('a'))
    queue.add(draft('bb'))
    await settle()
    assert.deepEqual(
      queue.all().map(({ state }) => state.kind),
      ['waiting', 'waiting'],
    )
    server.fail(null)
    queue.flush()
    await settle()
    assert.deepEqual(server.received, ['a', 'bb'])
  })

  it('try again by themselves after a while', async () => {
    server.fail(new ApiProblem('shutting_down', 503))
    queue.add(draft('a'))
    await settle()
    server.fail(null)
    timers.shift()?.()
    await settle()
    assert.deepEqual(server.received, ['a'])
  })

  it('survive a closed page, under the same key', async () => {
    server.fail(new ApiProblem('unreachable', 0))
    queue.add(draft('a'))
    await settle()
    queue.stop()
    server.fail(null)
    const reopened = open()
    assert.equal(reopened.all()[0]?.key, 'a')
    reopened.flush()
    await settle()
    assert.deepEqual([server.received, store.keys('')], [['a'], []])
  })

  it('stop at a refusal and hold the later ones of that conversation, not of others', async () => {
    server.fail(new ApiProblem('channel_unusable', 409))
    queue.add(draft('a'))
    await settle()
    server.fail(null)
    queue.add(draft('bb'))
    queue.add(draft('ccc', 'c2'))
    await settle()
    assert.deepEqual(server.received, ['ccc'])
    assert.deepEqual(queue.all()[0]?.state, { kind: 'failed', code: 'channel_unusable' })
    queue.retry('a')
    await settle()
    assert.deepEqual(server.received, ['ccc', 'a', 'bb'])
  })

  it('stop when the server itself fails on one again and again', async () => {
    server.fail(new ApiProblem('internal', 500))
    queue.add(draft('a'))
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await settle()
      assert.equal(queue.all()[0]?.state.kind, 'waiting')
      timers.shift()?.()
    }
    await settle()
    assert.deepEqual(queue.all()[0]?.state, { kind: 'failed', code: 'internal' })
  })

  it('can be taken back, with their text', async () => {
    server.fail(new ApiProblem('channel_unusable', 409))
    queue.add(draft('a'))
    await settle()
    assert.equal(queue.discard('a')?.text, 'a')
    assert.deepEqual([queue.all(), store.keys('')], [[], []])
  })

  it('are not shown to another person at the same workstation', async () => {
    server.fail(new ApiProblem('unreachable', 0))
    queue.add(draft('a'))
    await settle()
    assert.deepEqual([open('p2').all(), open('p1').all().length], [[], 1])
  })
})
