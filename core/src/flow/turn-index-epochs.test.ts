import assert from 'node:assert/strict'
import { eventually } from '../../test/eventually.ts'
import { startMailWorld, type MailWorld } from '../../test/mail-world.ts'
import { findContact } from '../contacts/index.ts'
import { findConversation } from '../conversations/index.ts'
import { sql } from '../platform/db.ts'
import { replyTarget } from './reply-target.ts'
import { turnIndexEpochs } from './turn-index-epochs.ts'

/** Announced, taken into use and dropped: each waits until every process knows. */
const TURN_MS = 60_000

describe('a turn of the epoch of the indexes', () => {
  let world: MailWorld
  let conversationId: string
  const ANNA = { kind: 'email', value: 'anna@example.test' } as const
  before(async () => {
    world = await startMailWorld()
    conversationId = await world.receive({
      id: '<1>',
      from: ANNA.value,
      name: 'Анна Петрова',
      subject: 'Чайник',
      text: 'Он течёт',
    })
    await world.answer(conversationId, 'Пришлём новый', '<a1>')
    await world.receive({ id: '<2>', from: 'boris@example.test', text: 'Я тоже жду чайник', references: ['<a1>'] })
  })
  after(() => world.stop())

  const turn = async () => turnIndexEpochs({ database: world.db.database, epochs: await world.db.vault.epochs() })
  /** Everything that is looked for by an index. */
  const found = async () => {
    const { read, transaction } = world.db.database
    const known = await findConversation(read, conversationId)
    return {
      words: await world.find('течет'),
      subject: await world.find('чайник'),
      name: await world.find('петр'),
      address: await world.find('anna@ex'),
      contact: (await transaction((tx) => findContact(tx, ANNA)))?.id,
      target: known === null ? null : (await replyTarget(read, known))?.to.value,
    }
  }
  const sums = async (): Promise<string[]> => {
    const { rows } = await sql<{ sum: string }>`
      select unnest(search_terms)::text as sum from message union select unnest(search_terms)::text from conversation
      union select unnest(search_terms)::text from contact union select unnest(search_terms)::text from contact_address
      union select encode(lookup, 'hex') from contact_address union select encode(recipient_lookup, 'hex') from outbox`.execute(
      world.db.database.read,
    )
    return rows.map(({ sum }) => sum)
  }

  it('finds everything before it, at every step of it and after it, and leaves no sum and no key of the old one', async () => {
    const before = await found()
    assert.equal(before.words.length, 1)
    assert.equal(before.subject.length, 1)
    assert.deepEqual([before.name, before.address], [[conversationId], [conversationId]])
    assert.equal(before.target, ANNA.value)
    const old = new Set(await sums())
    assert.ok(old.size > 20)
    const epochs = await world.db.vault.epochs()
    assert.equal(await turn(), true)
    assert.equal(await epochs.announce(), true)
    assert.equal(await epochs.announce(), false)
    // Written while both are looked under, still under the old one.
    const during = await world.receive({ id: '<3>', from: 'vera@example.test', name: 'Вера', text: 'Где моя посылка?' })
    await eventually(async () => {
      assert.deepEqual(await found(), before)
      return (await turn()) ? true : null
    }, TURN_MS)
    assert.deepEqual(await found(), before)
    assert.deepEqual(await world.find('посылка'), [during])
    for (const sum of await sums()) assert.ok(!old.has(sum))
    const keys = await world.db.vault.keys()
    const held = await keys.hold('index', ['words:1', 'names:1', 'addresses:1', 'words:2', 'names:2', 'addresses:2'])
    assert.deepEqual(
      ['words:1', 'names:1', 'addresses:1'].map((name) => held.get(name)),
      [null, null, null],
    )
    for (const name of ['words:2', 'names:2', 'addresses:2']) assert.notEqual(held.get(name), null)
    assert.equal(await world.receive({ id: '<4>', from: 'VERA@example.test', text: 'Ау', references: ['<3>'] }), during)
  }).timeout(2 * TURN_MS)
})
