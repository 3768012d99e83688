import assert from 'node:assert/strict'
import { startMailWorld, type MailWorld } from '../../test/mail-world.ts'
import { addAgent, callerOf } from '../../test/queue-rows.ts'
import { appendMessage, findConversation, messageViews, purgeUploads, keepUpload } from '../conversations/index.ts'
import { UPLOAD_KEPT_MS } from '../conversations/attachment-store.ts'
import { present } from '../kernel/assert.ts'
import { newId } from '../kernel/ids.ts'
import { renewIntake } from '../channels/index.ts'
import { INBOX_ATTEMPTS_MAX } from '../channels/inbox.ts'
import { sql } from '../platform/db.ts'
import { intakeOwner } from '../platform/vault/index.ts'
import { eraseContact, reapplyErasures } from './erase-contact.ts'
import { testErasing } from '../../test/erasing.ts'
import { receiveNext } from './receive-message.ts'
import { sendReply } from './send-reply.ts'

const DAY_MS = 24 * 3_600_000

describe('what has come in', () => {
  let world: MailWorld
  before(async () => {
    world = await startMailWorld()
  })
  after(() => world.stop())

  const receiveAll = async (): Promise<void> => {
    const { db, inbox } = world
    while (await receiveNext({ database: db.database, inbox, clock: db.clock, log: db.log })) continue
  }
  const stateOf = async (externalId: string) => {
    const row = await world.db.database.read
      .selectFrom('inbox')
      .select(['state', 'reason'])
      .where('external_id', '=', externalId)
      .executeTakeFirstOrThrow()
    return [row.state, row.reason]
  }
  const deliveryOf = async (messageId: string) =>
    (
      await world.db.database.read
        .selectFrom('message')
        .select('delivery_state')
        .where('id', '=', messageId)
        .executeTakeFirstOrThrow()
    ).delivery_state

  it('and cannot be opened any more, since a restore has brought it back without its key, is set aside and stops nobody', async () => {
    const { db } = world
    await world.deliver({ id: '<lost>', from: 'lost@example.test', text: 'потеряно' })
    await sql`update inbox set intake_day = '2020-01-01' where external_id = '<lost>'`.execute(db.database.read)
    await world.deliver({ id: '<next>', from: 'next@example.test', text: 'я следующий' })
    for (let attempt = 0; attempt < INBOX_ATTEMPTS_MAX; attempt++) {
      await receiveAll()
      db.clock.advance(10 * 60_000)
    }
    assert.deepEqual(await stateOf('<lost>'), ['set_aside', 'key_destroyed'])
    assert.deepEqual((await stateOf('<next>'))[0], 'done')
    // Neither the keys of days nor an erasure stand still before it.
    await world.deliver({ id: '<waits>', from: 'waits@example.test', text: 'я жду' })
    db.clock.advance(5 * DAY_MS)
    await renewIntake(db.database, db.clock.now())
    const row = await db.database.read
      .selectFrom('inbox')
      .select(sql<string>`intake_day::text`.as('day'))
      .where('external_id', '=', '<waits>')
      .executeTakeFirstOrThrow()
    assert.equal(row.day, db.clock.now().toISOString().slice(0, 10))
    const conversationId = await world.receive({ id: '<erased>', from: 'erased@example.test', text: 'сотрите меня' })
    await sql`update work_item set state = 'resolved', resolved_at = now()`.execute(db.database.read)
    const { contactId } = present(await findConversation(db.database.read, conversationId), 'the conversation')
    const folder = (await import('node:os')).tmpdir()
    const deps = { ...(await testErasing(db, world.blobs, folder)), actsFile: `${folder}/oco-acts-${newId()}.jsonl` }
    await eraseContact(deps, callerOf(newId(), 'supervisor'), contactId)
    assert.equal(await reapplyErasures(deps), 0)
  }).timeout(60_000)

  it('says of a letter that did not arrive which one it was, also before its sending was noted, and of a transcript', async () => {
    const { db, inbox, channelId } = world
    const conversationId = await world.receive({ id: '<q>', from: 'b@example.test', text: 'вопрос' })
    const answer = await world.answer(conversationId, 'ответ', '<noted@our.test>')
    const bounce = async (about: string, id: string): Promise<void> => {
      await inbox.deliver(channelId, {
        kind: 'bounce',
        externalId: id,
        about,
        permanent: true,
        reason: 'no such user <b@example.test>',
      })
      await receiveAll()
    }
    await sql`update message set external_id = null, delivery_state = 'queued' where id = ${answer}`.execute(db.database.read)
    await bounce(`<${answer}@our.test>`, '<bounce-1>')
    assert.equal(await deliveryOf(answer), 'bounced')
    const [view] = await messageViews(db.database.read, { conversationId, ids: [answer], limit: 1 })
    assert.equal(view?.delivery?.reason, 'no such user <…>')
    const transcript = await db.database.transaction(async (tx) => {
      const { contactId: subjectId } = present(await findConversation(tx, conversationId), 'the conversation')
      const { id } = await appendMessage(
        tx,
        {
          ...{
            conversationId,
            subjectId,
            kind: 'event',
            contactId: null,
            personId: null,
            text: 'Прислать переписку',
            quoteFrom: null,
          },
          ...{ html: null, automatic: true, externalId: '<transcript@our.test>', idempotencyKey: null, deliveryState: 'queued' },
          ...{ sentAt: null, now: db.clock.now() },
        },
        { personId: null, queueId: null },
      )
      return id
    })
    await bounce('<transcript@our.test>', '<bounce-2>')
    assert.equal(await deliveryOf(transcript), 'bounced')
    await bounce('<foreign@elsewhere.test>', '<bounce-3>')
    assert.deepEqual(await stateOf('<bounce-3>'), ['done', 'bounce_of_unknown'])
  })

  it('keeps the uploads that it names for as long as it waits', async () => {
    const { db, inbox, channelId, blobs } = world
    const visitId = newId()
    const upload = await db.database.transaction(async (tx) => {
      const now = db.clock.now()
      const blob = await blobs.write(tx, Buffer.from('снимок'), { owner: intakeOwner(now), limitBytes: 100 })
      const file = { blobId: blob.id, fileName: 'снимок.png', mediaType: 'image/png', sizeBytes: 12, inline: false }
      const named = await keepUpload(tx, { ...file, uploadedBy: visitId, now })
      const other = await blobs.write(tx, Buffer.from('лишнее'), { owner: intakeOwner(now), limitBytes: 100 })
      await keepUpload(tx, { ...file, blobId: other.id, uploadedBy: visitId, now })
      return named
    })
    await inbox.deliver(channelId, {
      ...{ kind: 'message', externalId: `${visitId}:1`, from: { kind: 'visitor', value: visitId }, alsoKnownAs: [] },
      ...{ subject: 'снимок', text: 'вот', quoteFrom: null, html: null, attachments: [], uploadIds: [upload.id], sentAt: null },
      ...{ thread: { conversationKey: visitId, references: [] }, automatic: false, priority: null },
    })
    db.clock.advance(UPLOAD_KEPT_MS + 1_000)
    assert.equal((await db.database.transaction((tx) => purgeUploads(tx, db.clock.now()))).length, 1)
    await receiveAll()
    const row = await db.database.read
      .selectFrom('inbox')
      .select('conversation_id')
      .where('external_id', '=', `${visitId}:1`)
      .executeTakeFirst()
    const [view] = await messageViews(db.database.read, { conversationId: row?.conversation_id ?? '', limit: 1 })
    assert.deepEqual(
      view?.attachments.map(({ fileName }) => fileName),
      ['снимок.png'],
    )
  })

  it('and an answer that is sent at the same moment never wait for each other', async () => {
    const { db, inbox } = world
    const { database, clock } = db
    const agentId = await addAgent(database.read, { name: 'Анна', queueIds: [world.queueId] })
    const conversationId = await world.receive({ id: '<race>', from: 'race@example.test', text: 'начало' })
    await world.answer(conversationId, 'первый ответ', '<race-answer@our.test>')
    await sql`update work_item set state = 'assigned', assignee_id = ${agentId}, assigned_at = now() where conversation_id = ${conversationId}`.execute(
      database.read,
    )
    const rounds = 25
    for (let round = 0; round < rounds; round++) {
      await world.deliver({
        id: `<race-${round}>`,
        from: 'race@example.test',
        text: `ещё ${round}`,
        references: ['<race-answer@our.test>'],
      })
      const writing = {
        ...callerOf(agentId),
        conversationId,
        html: null,
        uploadIds: [],
        text: `ответ ${round}`,
        idempotencyKey: newId(),
      }
      await Promise.all([
        receiveNext({ database, inbox, clock, log: db.log }),
        sendReply({ database, outbox: world.outbox, clock }, writing),
      ])
      await receiveAll()
    }
    const { rows } = await sql<{ deadlocks: number }>`
      select deadlocks::int from pg_stat_database where datname = current_database()`.execute(database.read)
    assert.deepEqual(rows, [{ deadlocks: 0 }])
    const said = await messageViews(database.read, { conversationId, limit: 1_000 })
    assert.equal(said.length, 2 + 2 * rounds)
  }).timeout(60_000)
})
