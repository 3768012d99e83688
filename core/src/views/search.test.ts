import assert from 'node:assert/strict'
import { search } from '@oco/contract'
import { call } from '../../test/call.ts'
import { writtenBeforeVault } from '../../test/before-vault.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addConversations, addItem, addQueue, callerOf, START } from '../../test/queue-rows.ts'
import { sealOldAddresses, sealOldContacts } from '../contacts/index.ts'
import { sealOldConversations, sealOldMessages } from '../conversations/index.ts'
import { sql } from '../platform/db.ts'
import { CANDIDATES_MAX, searchRoutes } from './search.ts'

describe('the search of an agent among what others may see', () => {
  let db: TestDatabase
  let agent: string
  let own: string

  const find = async (personId: string, q: string, role: 'agent' | 'supervisor' = 'agent'): Promise<string[]> => {
    const { answer } = await call(searchRoutes({ database: db.database }), search, {
      actor: callerOf(personId, role).actor,
      query: { q },
    })
    return answer.rows.map(({ id }) => id)
  }

  /** The agent's one conversation is older than all the others, and alike in everything that is searched. */
  before(async () => {
    db = await testDatabase()
    const { read } = db.database
    await writtenBeforeVault(read)
    const [mine, foreign] = [await addQueue(read, { name: 'Моя линия' }), await addQueue(read, { name: 'Чужая линия' })]
    agent = await addAgent(read, { name: 'Анна', queueIds: [mine] })
    await addConversations(read, foreign, CANDIDATES_MAX + 1)
    const itemId = await addItem(db.database, { queueId: mine })
    const { rows } = await sql<{ conversation_id: string }>`
      select conversation_id from work_item where id = ${itemId}`.execute(read)
    own = rows[0]?.conversation_id ?? assert.fail()
    const later = new Date(START.getTime() + 60_000)
    await sql`update conversation set last_message_at = ${later} where id <> ${own}`.execute(read)
    await sql`insert into message (id, conversation_id, sequence, kind, at, text)
      select case when id = ${own} then '00000000-0000-7000-8000-000000000000'::uuid else gen_random_uuid() end, id, 1, 'inbound',
        ${START}, 'Чайник перестал греть воду' from conversation`.execute(read)
    await sql`insert into contact_address (id, contact_id, kind, value, normalised)
      select gen_random_uuid(), id, 'email', email, email
      from contact, lateral (select 'pyotr' || contact.id || '@example.ru' as email) as made`.execute(read)
  })
  after(() => db.drop())

  for (const [what, words] of [
    ['words of a message', 'чайники'],
    ['words of a subject', 'приходит письмо'],
    ['a name', 'Пётр'],
    ['an address', 'pyotr'],
  ] as const) {
    it(`finds the own conversation by ${what} behind more matches than are ranked`, async () => {
      assert.deepEqual(await find(agent, words), [own])
    })
  }

  describe('once everything is sealed', () => {
    before(async () => {
      while (await db.database.transaction(sealOldMessages));
      while (await db.database.transaction(sealOldConversations));
      while (await db.database.transaction(sealOldContacts));
      while (await db.database.transaction(sealOldAddresses));
    })

    for (const [what, words] of [
      ['words of a message', 'чайники'],
      ['all words of a message, in any form and order', 'вода чайника'],
      ['a phrase', '"перестал греть"'],
      ['words of a subject', 'приходить письма'],
      ['the beginning of a name', 'пёт'],
      ['the beginning of an address', 'pyo'],
    ] as const) {
      it(`finds the own conversation by ${what} behind more matches than are ranked`, async () => {
        assert.deepEqual(await find(agent, words), [own])
      })
    }

    it('finds nothing by a word that is not there, by a phrase in another order, and where a word must not be', async () => {
      for (const words of ['утюг', 'чайник утюг', '"греть перестал"', 'чайник -вода', 'и на', 'ётр', 'yotr', 'py']) {
        assert.deepEqual(await find(agent, words), [], words)
      }
    })

    it('shows the words that were found', async () => {
      const { answer } = await call(searchRoutes({ database: db.database }), search, {
        actor: callerOf(agent, 'agent').actor,
        query: { q: 'чайники', limit: 1 },
      })
      assert.equal(answer.rows[0]?.excerpt, '\u2068Чайник\u2069 перестал греть воду')
    })
  })

  it('finds nothing of others by a number', async () => {
    const { rows } = await sql<{ number: string; own: boolean }>`
      select number, id = ${own} as own from conversation order by id = ${own} desc limit 2`.execute(db.database.read)
    assert.deepEqual(await find(agent, `#${rows[0]?.number ?? ''}`), [own])
    assert.deepEqual(await find(agent, `#${rows[1]?.number ?? ''}`), [])
  })

  it('finds the latest for whoever may see everything', async () => {
    const found = await find(await addAgent(db.database.read, { name: 'Семён', role: 'supervisor' }), 'Пётр', 'supervisor')
    assert.equal(found.length, 20)
    assert.ok(!found.includes(own))
  })
})
