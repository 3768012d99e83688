import assert from 'node:assert/strict'
import type { PendingMessage } from './thread-state.ts'
import { memoryStorage, visitStorage } from './visit-storage.ts'

const CHANNEL = '0198c0de-0000-7000-8000-000000000001'
const pending = (clientKey: string, atMs: number): PendingMessage => ({
  clientKey,
  text: clientKey,
  files: [],
  atMs,
  state: 'waiting',
})
const visit = { visitId: 'v', secret: 's', name: 'Анна', email: null, activeAtMs: 1 }

/** A window of which only the storage is used. */
const pageWith = (storage: Storage | null): Window =>
  ({
    get localStorage() {
      if (storage === null) throw new Error('the browser keeps nothing')
      return storage
    },
    addEventListener: () => undefined,
  }) as unknown as Window

describe("what a visitor's browser keeps", () => {
  it('is there for the next page: the visit, the last look, and what was not sent, in the order of writing', () => {
    const store = memoryStorage()
    const first = visitStorage(CHANNEL, pageWith(store))
    first.writeVisit(visit)
    first.writeSeen(7)
    first.writePending(pending('later', 2))
    first.writePending(pending('sooner', 1))
    const next = visitStorage(CHANNEL, pageWith(store))
    assert.deepEqual(next.readVisit(), visit)
    assert.equal(next.readSeen(), 7)
    assert.deepEqual(
      next.readPending().map(({ clientKey }) => clientKey),
      ['sooner', 'later'],
    )
    next.removePending('sooner')
    next.writeVisit(null)
    assert.deepEqual(
      first.readPending().map(({ clientKey }) => clientKey),
      ['later'],
    )
    assert.equal(first.readVisit(), null)
  })

  it('belongs to one chat of the site', () => {
    const store = memoryStorage()
    visitStorage(CHANNEL, pageWith(store)).writeVisit(visit)
    assert.equal(visitStorage('another', pageWith(store)).readVisit(), null)
  })

  it('is forgotten with the page where the browser keeps nothing, and breaks nothing', () => {
    const storage = visitStorage(CHANNEL, pageWith(null))
    storage.writeVisit(visit)
    assert.deepEqual(storage.readVisit(), visit)
    assert.equal(visitStorage(CHANNEL, pageWith(null)).readVisit(), null)
  })

  it('may be broken or full without breaking the chat', () => {
    const store = memoryStorage()
    store.setItem(`oco-chat.${CHANNEL}.visit`, '{broken')
    assert.equal(visitStorage(CHANNEL, pageWith(store)).readVisit(), null)
    let full = false
    const limited = new Proxy(store, {
      get: (target, name) =>
        full && name === 'setItem'
          ? () => {
              throw new Error('QuotaExceededError')
            }
          : (Reflect.get(target, name) as unknown),
    })
    const storage = visitStorage(CHANNEL, pageWith(limited))
    full = true
    storage.writePending(pending('a', 1))
    assert.deepEqual(storage.readPending(), [])
  })
})
