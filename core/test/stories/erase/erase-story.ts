import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Crypto, KeyRing, SecretKey } from '@oco/security'
import { addVisit, consentOf } from '../../../src/channels/webchat/visit-store.ts'
import { findContact } from '../../../src/contacts/index.ts'
import { changeContactRow, contactView } from '../../../src/contacts/contact-store.ts'
import { draftsOf, filesOf, findConversation, messageViews } from '../../../src/conversations/index.ts'
import { saveDraftRow } from '../../../src/conversations/draft-store.ts'
import { eraseContact, reapplyErasures } from '../../../src/flow/erase-contact.ts'
import { receiveNext } from '../../../src/flow/receive-message.ts'
import { turnIndexEpochs } from '../../../src/flow/turn-index-epochs.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { openDatabase, sql, type Db, type Tx } from '../../../src/platform/db.ts'
import { rewriteSealedTables } from '../../../src/platform/sealed-tables.ts'
import { findVisit } from '../../../src/channels/index.ts'
import { vaultChores } from '../../../src/vault-upkeep.ts'
import { writtenBeforeVault } from '../../before-vault.ts'
import { testErasing } from '../../erasing.ts'
import { eventually } from '../../eventually.ts'
import { openTestDatabase, prepareTemplates, type TestDatabase } from '../../harness.ts'
import { startMailWorld, type MailWorld } from '../../mail-world.ts'
import { startPostgres, type PostgresServer } from '../../postgres.ts'
import { addAgent, callerOf } from '../../queue-rows.ts'
import type { Random } from '../../random.ts'
import { sharedRing } from '../../test-vault.ts'
import type { Tidy } from '../run/run-story.ts'
import { openAll, tryDictionary } from './attack.ts'
import { plainRows, writePlainly } from './old-rows.ts'
import { dump, keysLying, letLogGo, lyingPlainly, restore } from './remains.ts'
import { makeSubject, valuesOf, type Subject } from './subjects.ts'

const DATABASE = 'oco_story'
const TURN_MS = 120_000
const DAY_MS = 24 * 3_600_000

export interface EraseOutcome {
  readonly unreadable: number
  readonly readable: number
  readonly others: number
}

interface Scene {
  readonly server: PostgresServer
  readonly db: TestDatabase
  readonly world: MailWorld
  readonly folder: string
  readonly crypto: Crypto
  readonly ring: KeyRing
  readonly agentId: string
  readonly chatId: string
  readonly tell: (line: string) => void
}

/** Subjects are written, half of them in plain text of before; half of each are erased; then everything that is left is attacked. */
export const tellEraseStory = async (
  plan: { subjects: number; random: Random; tell: (line: string) => void },
  tidy: Tidy,
): Promise<EraseOutcome> => {
  const scene = await setScene(plan.tell, tidy)
  const { db, server, folder } = scene
  const subjects = Array.from({ length: plan.subjects }, (_, index) => makeSubject(index, plan.random))
  // Of both halves every other one.
  const [gone, kept] = [subjects.filter(({ index }) => index % 2 === 0), subjects.filter(({ index }) => index % 2 === 1)]
  await writeAll(scene, subjects)
  const values = gone.flatMap(valuesOf)
  const others = kept.flatMap(valuesOf)

  const [backups, keyBackups] = [join(folder, 'backups'), join(folder, 'key-backups')]
  await Promise.all([mkdir(backups), mkdir(keyBackups)])
  const before = join(backups, 'before.sql')
  await dump(server, DATABASE, before)
  await dump(server, `${DATABASE}_keys`, join(keyBackups, 'before.sql'))
  scene.tell('backups of both databases were taken')
  await proveAttack(scene, { before, keyBackups, values: [...values, ...others], subjects: gone })

  await eraseAll(scene, gone)
  await rm(keyBackups, { recursive: true })
  await letLogGo(server)
  await dump(server, DATABASE, join(backups, 'after.sql'))
  scene.tell('the backups of the keys have expired, and the log of weeks has gone')

  const unreadable = await attackRemains(scene, { before, gone, kept })
  const readable = await countReadable(scene, kept)
  assert.equal(await reapplyErasures(await testErasing(db, scene.world.blobs, join(folder, 'acts'))), 0)
  return { unreadable, readable, others: others.length }
}

const setScene = async (tell: (line: string) => void, tidy: Tidy): Promise<Scene> => {
  const folder = await mkdtemp(join(tmpdir(), 'oco-erase-story-'))
  tidy.after(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'acts'))
  // What the log does not need any more goes for good, instead of being kept for new entries.
  const server = await startPostgres({ major: 15, settings: { wal_recycle: 'off', min_wal_size: '32MB', max_wal_size: '64MB' } })
  tidy.after(() => server.stop())
  await prepareTemplates(server)
  await server.administer(`create database ${DATABASE} template oco_template owner oco_owner`)
  const db = openTestDatabase(server, DATABASE)
  tidy.after(() => db.drop())
  const world = await startMailWorld(db)
  const { crypto, ring } = await sharedRing()
  const agentId = await addAgent(db.database.read, { name: 'Агент', queueIds: [world.queueId] })
  const chatId = newId()
  await sql`insert into channel (id, kind, name, queue_id, settings, state_since, created_at)
    values (${chatId}, 'webchat', 'Чат', ${world.queueId}, '{}', now(), now())`.execute(db.database.read)
  return { server, db, world, folder, crypto, ring, agentId, chatId, tell }
}

const writeAll = async (scene: Scene, subjects: readonly Subject[]): Promise<void> => {
  const { db, server, world, agentId, chatId, tell } = scene
  const { database, clock } = db
  const old = subjects.slice(0, subjects.length / 2)
  await writtenBeforeVault(database.read)
  for (const subject of old) {
    await database.transaction((tx) => writePlainly(tx, subject, { mailId: world.channelId, chatId, agentId, now: clock.now() }))
  }
  const plain = await plainRows(database.read)
  assert.ok(plain > 0)
  // From here on the server writes down every statement with its values, but those of the keys, as they are to be set up.
  await db.keys()
  await server.administer(`alter database ${DATABASE}_keys set log_parameter_max_length = 0`)
  await server.administer("alter system set log_statement = 'all'")
  await server.administer('select pg_reload_conf()')
  const keys = await db.vault.keys()
  const chores = vaultChores({ database, blobs: world.blobs, keys, epochs: await db.vault.epochs(), clock, log: db.log })
  await chores.find(({ name }) => name === 'sealing of rows of before')?.run()
  assert.equal(await plainRows(database.read), 0)
  const rewritten = await rewriteSealedTables(database, clock.now())
  tell(`${old.length} subjects of before were sealed: ${plain} plain rows, ${rewritten.length} tables written anew`)
  for (const subject of subjects.slice(old.length)) await writeToday(scene, subject)
  await letLogGo(server)
  tell(`${subjects.length - old.length} subjects have written since`)
}

/** By the ways of the product: the inbox, answers, drafts, a visit of the chat. */
const writeToday = async (scene: Scene, subject: Subject): Promise<void> => {
  const { db, world, agentId } = scene
  const { database, clock } = db
  const { visitId } = await database.transaction((tx) =>
    addVisit(
      tx,
      {
        ...{ channelId: scene.chatId, name: subject.name, email: subject.visitEmail, pageUrl: subject.pageUrl },
        consent: { text: 'Согласен', version: 1 },
      },
      clock.now(),
    ),
  )
  const files = subject.files.map(({ fileName, text }) => ({ fileName, bytes: Buffer.from(text) }))
  const alsoKnownAs = [
    { kind: 'phone' as const, value: subject.phone },
    { kind: 'visitor' as const, value: visitId },
  ]
  let thread = ''
  let conversationId = ''
  for (const [index, text] of subject.letters.entries()) {
    conversationId = await world.receive({
      ...{
        id: `<s${subject.index}-${index}>`,
        from: subject.email,
        name: subject.name,
        subject: subject.subject,
        text,
        alsoKnownAs,
      },
      ...{ references: thread === '' ? [] : [thread], files: files.slice(index, index + 1) },
    })
    thread = `<o${subject.index}-${index}>`
    await world.answer(conversationId, subject.answers[index] ?? '', thread)
  }
  for (const [index, text] of subject.chat.entries()) {
    clock.advance(1_000)
    await world.inbox.deliver(scene.chatId, {
      ...{
        kind: 'message',
        externalId: `${visitId}:key-${index}`,
        alsoKnownAs: [],
        subject: text,
        text,
        quoteFrom: null,
        html: null,
      },
      from: { kind: 'visitor', value: visitId, displayName: subject.name },
      ...{ attachments: [], uploadIds: [], sentAt: null, automatic: false, priority: null },
      thread: { conversationKey: visitId, references: [] },
    })
    while (await receiveNext({ database, inbox: world.inbox, clock, log: db.log })) continue
  }
  const contact = await contactOf(database, subject)
  await database.transaction(async (tx) => {
    assert.ok(await changeContactRow(tx, contact, { note: subject.note, version: 0 }))
    const draft = { kind: 'reply' as const, text: subject.draft, html: null, version: null }
    await saveDraftRow(tx, callerOf(agentId).by, { ...draft, personId: agentId, conversationId, now: clock.now() })
  })
}

const contactOf = async (
  { transaction }: { transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T> },
  { email }: Subject,
): Promise<string> =>
  (await transaction((tx) => findContact(tx, { kind: 'email', value: email })))?.id ?? assert.fail('no contact')

/** The same attack while the keys are there: it has to find everything, or it would prove nothing afterwards. */
const proveAttack = async (
  { crypto, ring, server, tell }: Scene,
  {
    before,
    keyBackups,
    values,
    subjects,
  }: { before: string; keyBackups: string; values: readonly string[]; subjects: readonly Subject[] },
): Promise<void> => {
  const keys = await keysLying(ring, [keyBackups])
  const db = openPlainly(await restore(server, before, 'attack_before'))
  try {
    const texts = await openAll(db.read, crypto, keys)
    const opened = values.filter((value) => texts.some((text) => text.includes(value)))
    assert.deepEqual(
      values.filter((value) => !opened.includes(value)),
      [],
      'the attack does not find what the keys open',
    )
    assert.ok((await tryDictionary(db.read, crypto, { keys, subjects, strangers: [] })) > 0)
    tell(
      `with all ${keys.length} keys the attack opens ${opened.length} values of ${values.length}, and the dictionary finds index rows`,
    )
  } finally {
    await db.close()
    await server.administer('drop database attack_before')
  }
}

/** Of a restored dump, read without a vault. */
const openPlainly = (url: string) =>
  openDatabase({ url, clock: systemClock, onWake: () => undefined, onIdleError: () => undefined })

const eraseAll = async ({ db, world, folder, tell }: Scene, gone: readonly Subject[]): Promise<void> => {
  const { database, clock } = db
  await sql`update work_item set state = 'resolved', resolved_at = now()`.execute(database.read)
  const deps = await testErasing(db, world.blobs, join(folder, 'acts'))
  let [keys, unreadableFrom] = [0, '']
  for (const subject of gone) {
    const erased = await eraseContact(deps, callerOf(newId(), 'supervisor'), await contactOf(database, subject))
    keys += erased.keysDestroyed
    unreadableFrom = erased.unreadableFrom
  }
  tell(`${gone.length} subjects were erased: ${keys} keys, unreadable from ${unreadableFrom}`)
  const epochs = await db.vault.epochs()
  assert.ok(await epochs.announce())
  await eventually(async () => ((await turnIndexEpochs({ database, epochs })) ? true : null), TURN_MS)
  tell('the epoch of the indexes has turned, and the keys of the old one are destroyed')
  clock.set(new Date(Date.parse(unreadableFrom) + DAY_MS))
}

const attackRemains = async (
  { crypto, ring, server, folder, tell }: Scene,
  { before, gone, kept }: { before: string; gone: readonly Subject[]; kept: readonly Subject[] },
): Promise<number> => {
  const values = gone.flatMap(valuesOf)
  // Pages, write-ahead log and log of the server, dumps, and what the product has written beside them.
  const folders = [server.folder, folder]
  const plain = await lyingPlainly([...values, ...gone.map(({ email }) => email.toLowerCase())], folders)
  assert.deepEqual([...plain], [], 'plain text was found')
  const keys: SecretKey[] = await keysLying(ring, folders)
  const db = openPlainly(await restore(server, before, 'attack_after'))
  const now = openPlainly(server.url('postgres', DATABASE))
  try {
    const texts = [...(await openAll(db.read, crypto, keys)), ...(await openAll(now.read, crypto, keys))]
    const opened = values.filter((value) => texts.some((text) => text.includes(value)))
    assert.deepEqual(opened, [], 'a remaining key opens it')
    assert.ok(texts.length > 0, 'the remaining keys open nothing at all: the attack is broken')
    for (const each of [db, now]) {
      assert.equal(
        await tryDictionary(each.read, crypto, { keys, subjects: gone, strangers: kept }),
        0,
        'the dictionary finds index rows',
      )
    }
    assert.ok((await tryDictionary(now.read, crypto, { keys, subjects: kept, strangers: gone })) > 0)
    tell(
      `pages, logs and dumps hold none of ${values.length} values; ${keys.length} remaining keys open none of them, and explain no index row`,
    )
    return values.length - opened.length
  } finally {
    await db.close()
    await now.close()
    await server.administer('drop database attack_after')
  }
}

/** Everything of the others, through the product. */
const countReadable = async ({ db, world, agentId }: Scene, kept: readonly Subject[]): Promise<number> => {
  const { database } = db
  const { read } = database
  let readable = 0
  for (const subject of kept) {
    const id = await contactOf(database, subject)
    const view = await contactView(read, id)
    const said: unknown[] = [view]
    const conversations = await read.selectFrom('conversation').select('id').where('contact_id', '=', id).execute()
    for (const conversation of conversations) {
      said.push((await findConversation(read, conversation.id))?.subject, await draftsOf(read, agentId, conversation.id))
      const messages = await messageViews(read, { conversationId: conversation.id, limit: 100 })
      said.push(messages)
      for (const message of messages) {
        for (const file of await filesOf(read, message.id)) said.push(String(await world.blobs.read(read, file.blobId)))
      }
    }
    for (const { kind, value } of view?.addresses ?? []) if (kind === 'visitor') said.push(await visitOf(read, value))
    const text = JSON.stringify(said)
    readable += valuesOf(subject).filter((value) => text.includes(value)).length
  }
  return readable
}

const visitOf = async (db: Db, visitId: string): Promise<unknown> => [await findVisit(db, visitId), await consentOf(db, visitId)]
