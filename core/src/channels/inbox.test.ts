import assert from 'node:assert/strict'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addConversations, addQueue } from '../../test/queue-rows.ts'
import { tableBlobs } from '../platform/blobs.ts'
import type { InboundMessage } from './channel.ts'
import { createInbox, INBOX_ATTEMPTS_MAX, type Inbox } from './inbox.ts'

const letter = (externalId: string, more: Partial<Extract<InboundMessage, { kind: 'message' }>> = {}): InboundMessage => ({
  kind: 'message',
  externalId,
  from: { kind: 'email', value: 'anna@example.test' },
  alsoKnownAs: [],
  subject: 'Тема',
  text: 'Текст',
  quoteFrom: null,
  html: null,
  attachments: [],
  uploadIds: [],
  sentAt: null,
  thread: { references: [] },
  automatic: false,
  priority: null,
  ...more,
})

describe('inbox', () => {
  let db: TestDatabase
  let inbox: Inbox
  let channelId: string
  before(async () => {
    db = await testDatabase()
    const { database, clock } = db
    inbox = createInbox({ database, blobs: tableBlobs(clock), clock })
    await addConversations(database.read, await addQueue(database.read, { name: 'Q' }), 1)
    channelId = (await database.read.selectFrom('channel').select('id').executeTakeFirstOrThrow()).id
  })
  after(() => db.drop())

  const takeAll = async (): Promise<string[]> => {
    const taken: string[] = []
    for (;;) {
      const externalId = await db.database.transaction(async (tx) => {
        const row = await inbox.next(tx, db.clock.now())
        if (row !== null) inbox.done(tx, row.id, { conversationId: null, reason: null, now: db.clock.now() })
        return row?.externalId ?? null
      })
      if (externalId === null) return taken
      taken.push(externalId)
    }
  }

  it('stores a message once, however often it comes, also at the same moment', async () => {
    assert.equal(await inbox.deliver(channelId, letter('<one>')), 'stored')
    assert.equal(await inbox.deliver(channelId, letter('<one>')), 'duplicate')
    db.clock.advance(1)
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => inbox.deliver(channelId, letter('<two>'))))
    assert.deepEqual(outcomes.filter((outcome) => outcome === 'stored').length, 1)
    assert.deepEqual(await takeAll(), ['<one>', '<two>'])
    assert.equal(await inbox.deliver(channelId, letter('<one>')), 'duplicate', 'also after it was taken')
  })

  it('keeps attachments apart from the row, byte for byte', async () => {
    const bytes = Buffer.from('%PDF-1.7 '.repeat(20_000))
    const file = { fileName: 'акт.pdf', mediaType: 'application/pdf', bytes, inline: false }
    await inbox.deliver(channelId, letter('<file>', { attachments: [file] }))
    const kept = await db.database.transaction(async (tx) => {
      const row = await inbox.next(tx, db.clock.now())
      const payload = row === null ? null : await inbox.open(tx, row)
      assert.ok(row !== null && payload?.kind === 'message')
      const [stored] = payload.attachments
      inbox.done(tx, row.id, { conversationId: null, reason: null, now: db.clock.now() })
      return tableBlobs(db.clock).read(tx, stored?.blobId ?? '')
    })
    assert.ok(kept?.equals(bytes))
  })

  it('stores what PostgreSQL does not take: zero characters and halves of surrogate pairs', async () => {
    await inbox.deliver(channelId, letter('<odd>', { text: 'a\u0000b\ud800c' }))
    const payload = await db.database.transaction(async (tx) => {
      const row = await inbox.next(tx, db.clock.now())
      return row === null ? null : inbox.open(tx, row)
    })
    assert.equal(payload?.kind === 'message' ? payload.text : null, 'ab\ufffdc')
    await takeAll()
  })

  it('tries a failing row later and later, then sets it aside for people, and takes it up when it comes again', async () => {
    await inbox.deliver(channelId, letter('<bad>'))
    for (let attempt = 0; attempt < INBOX_ATTEMPTS_MAX; attempt++) {
      const due = await inbox.nextDueAt(db.clock.now())
      if (due !== null) db.clock.set(due)
      const row = await db.database.transaction((tx) => inbox.next(tx, db.clock.now()))
      assert.ok(row, `attempt ${String(attempt)} finds it`)
      await inbox.failed(row, 'broken')
    }
    assert.equal(await inbox.nextDueAt(new Date(0)), null)
    const state = async () =>
      db.database.read.selectFrom('inbox').select('state').where('external_id', '=', '<bad>').executeTakeFirstOrThrow()
    assert.equal((await state()).state, 'set_aside')
    assert.equal(await inbox.deliver(channelId, letter('<bad>')), 'stored')
    assert.equal((await state()).state, 'new')
    assert.deepEqual(await takeAll(), ['<bad>'])
  })

  const digest = (of: string): string => of.repeat(64)
  const weak = (externalId: string, of: string) => letter(externalId, { digest: digest(of), idMayRepeat: true })

  it('stores another message under the same id beside the first, and each of them once', async () => {
    assert.equal(await inbox.deliver(channelId, weak('<same>', 'a')), 'stored')
    db.clock.advance(1)
    const outcomes = await Promise.all(['a', 'b', 'b', 'b', 'a'].map((of) => inbox.deliver(channelId, weak('<same>', of))))
    assert.deepEqual(outcomes.toSorted(), ['duplicate', 'duplicate', 'duplicate', 'duplicate', 'stored'])
    assert.deepEqual(await takeAll(), ['<same>', `<same> ${digest('b')}`])
    assert.equal(await inbox.deliver(channelId, weak('<same>', 'b')), 'duplicate', 'also after it was taken')
  })

  it('loses neither of two that bring one id at the same moment', async () => {
    const outcomes = await Promise.all(['c', 'd'].map((of) => inbox.deliver(channelId, weak('<at-once>', of))))
    assert.deepEqual(outcomes, ['stored', 'stored'])
    assert.equal((await takeAll()).length, 2)
  })

  it('takes another message for a repeat where the sender answers for its ids', async () => {
    assert.equal(await inbox.deliver(channelId, letter('<key>', { digest: digest('a') })), 'stored')
    assert.equal(await inbox.deliver(channelId, letter('<key>', { digest: digest('b') })), 'duplicate')
    await takeAll()
  })

  it('sets aside what cannot be read beside another message of its id, and goes on with the right one', async () => {
    const aside = (of: string) => {
      const raw = Buffer.from(of)
      return inbox.setAside(channelId, {
        ...{ externalId: '<aside>', digest: digest(of), idMayRepeat: true },
        ...{ reason: 'unreadable', sizeBytes: raw.length, raw },
      })
    }
    for (const of of ['a', 'b', 'a', 'b']) await aside(of)
    const states = async () => {
      const { read } = db.database
      const rows = await read
        .selectFrom('inbox')
        .select('state')
        .where('external_id', 'like', '<aside>%')
        .orderBy('external_id')
        .execute()
      return rows.map(({ state }) => state)
    }
    assert.deepEqual(await states(), ['set_aside', 'set_aside'])
    assert.equal(await inbox.deliver(channelId, weak('<aside>', 'b')), 'stored')
    assert.deepEqual(await states(), ['set_aside', 'new'])
    await takeAll()
  })

  it('holds no row that waits with nothing in it', async () => {
    await inbox.setAside(channelId, { externalId: '<unread>', reason: 'unreadable', sizeBytes: 1, raw: null })
    const putBack = db.database.read.updateTable('inbox').set({ state: 'new' }).where('external_id', '=', '<unread>').execute()
    await assert.rejects(putBack, { constraint: 'inbox_new_payload' })
  })
})
