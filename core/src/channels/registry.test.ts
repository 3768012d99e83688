import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSecretBox, SECRET_KEY_BYTES } from '@oco/security'
import { eventually } from '../../test/eventually.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addQueue } from '../../test/queue-rows.ts'
import { tableBlobs } from '../platform/blobs.ts'
import type { ChannelAdapter } from './channel.ts'
import { createChannelStore, type ChannelStore } from './channel-store.ts'
import { createInbox } from './inbox.ts'
import { createLeases } from './lease.ts'
import { createRegistry, type Registry } from './registry.ts'

describe('the registry of channels', () => {
  let db: TestDatabase
  let store: ChannelStore
  let registry: Registry
  let queueId: string
  /** Names of accounts that are open, in the order of their opening. */
  let opened: string[]
  /** Accounts that end only when told so, as one does that finishes a download. */
  const held = new Map<string, () => void>()
  const holdNext = new Set<string>()

  const adapter: ChannelAdapter = {
    kind: 'intake',
    limits: { attachmentBytes: 0, html: false },
    start(account, sink) {
      assert.equal(opened.includes(account.id), false, 'an account is open once at a time')
      opened.push(account.id)
      sink.report(account.id, { kind: 'ok' })
      return {
        async stop() {
          if (holdNext.delete(account.id)) await new Promise<void>((resolve) => held.set(account.id, resolve))
          opened = opened.filter((id) => id !== account.id)
        },
      }
    },
    send: () => Promise.reject(new Error('sends nothing')),
    test: () => Promise.resolve([]),
  }

  before(async () => {
    db = await testDatabase()
    const { database, clock, log } = db
    queueId = await addQueue(database.read, { name: 'Q' })
    store = createChannelStore(createSecretBox(randomBytes(SECRET_KEY_BYTES)))
    opened = []
    const inbox = createInbox({ database, blobs: tableBlobs(clock), clock })
    const leases = createLeases({ database, clock, log })
    registry = createRegistry({ adapters: [adapter], store, inbox, leases, database, clock, log })
    await registry.start()
  })
  after(async () => {
    await registry.stop()
    await db.drop()
  })

  const add = (name: string): Promise<string> =>
    db.database.transaction((tx) =>
      store.create(tx, { name, queueId, enabled: true, settings: { kind: 'intake' }, demo: false, now: db.clock.now() }),
    )
  const change = async (id: string, change: { name?: string; enabled?: boolean }): Promise<void> => {
    const { version } = (await store.find(db.database.read, id)) ?? { version: -1 }
    assert.ok(await db.database.transaction((tx) => store.change(tx, id, { ...change, version })))
    registry.refresh()
  }
  const once = (holds: () => boolean): Promise<true> => eventually(() => Promise.resolve(holds() || null))

  it('keeps an edited account to be seen until it is open anew, and lets no other channel wait for it', async () => {
    const slow = await add('Медленный')
    const quick = await add('Быстрый')
    registry.refresh()
    await once(() => opened.length === 2)
    holdNext.add(slow)
    await change(slow, { name: 'Медленный, иначе' })
    await once(() => held.has(slow))
    assert.equal(registry.account(slow)?.name, 'Медленный')
    assert.equal(registry.accounts('intake').length, 2)
    held.get(slow)?.()
    await once(() => registry.account(slow)?.name === 'Медленный, иначе')

    holdNext.add(slow)
    const { version } = (await store.find(db.database.read, slow)) ?? { version: -1 }
    await db.database.transaction((tx) => store.change(tx, slow, { name: 'Медленный', version }))
    await change(quick, { name: 'Быстрый, иначе' })
    await once(() => registry.account(quick)?.name === 'Быстрый, иначе')
    assert.equal(registry.account(slow)?.name, 'Медленный, иначе')
    held.get(slow)?.()
    await once(() => registry.account(slow)?.name === 'Медленный')
  })

  it('closes what is switched off, and opens it again', async () => {
    const id = await add('Выключаемый')
    registry.refresh()
    await once(() => opened.includes(id))
    await change(id, { enabled: false })
    await once(() => !opened.includes(id))
    assert.equal(registry.account(id), null)
    await change(id, { enabled: true })
    await once(() => opened.includes(id))
    assert.notEqual(registry.account(id), null)
  })

  it('opens nothing anew once it is told to stop', async () => {
    const id = await add('Последний')
    registry.refresh()
    await once(() => opened.includes(id))
    holdNext.add(id)
    await change(id, { name: 'Последний, иначе' })
    await once(() => held.has(id))
    const stopping = registry.stop()
    held.get(id)?.()
    await stopping
    assert.deepEqual(opened, [])
  })
})
