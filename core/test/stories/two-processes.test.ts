import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from '../../src/platform/db.ts'
import { completeFirstRun, openLive, PASSWORD, startTestApp, type FirstRun, type LivePage, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'
import { goThroughFirstRun } from '../first-run.ts'
import { testDatabase, type TestDatabase } from '../harness.ts'
import { HttpClient, ProblemError } from '../http-client.ts'
import { needPrograms } from '../peers/debian-packages.ts'
import { emailSettings } from '../peers/email-account.ts'
import { CLIENT, MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../peers/mail-peer.ts'
import { addressIn, startProduct, type Product } from '../product.ts'
import { conversationAbout } from '../said.ts'
import { writeTestRing } from '../test-vault.ts'

const AGENTS = 6
const REQUESTS = 60

describe('two processes on one database', () => {
  let one: TestApp
  let two: TestApp
  let people: FirstRun
  const pages: LivePage[] = []
  const agents: HttpClient[] = []
  before(async () => {
    one = await startTestApp()
    people = await completeFirstRun(one)
    two = await startTestApp({}, one)
    for (let index = 0; index < AGENTS; index++) {
      const login = `agent-${index}`
      const person = { login, displayName: login, role: 'agent' as const, queueIds: [people.queueId], password: PASSWORD }
      await people.admin.call('createPerson', { body: person })
      agents.push(await (index % 2 === 0 ? one : two).client().signIn(login, PASSWORD))
    }
  })
  after(async () => {
    await Promise.all(pages.map((page) => page.close()))
    await two.stop()
    await one.stop()
  })

  it('share one queue: each item is offered to one agent at a time, by whichever process', async () => {
    const { admin, queueId } = people
    const { id: channelId } = await admin.call('createChannel', { body: { name: 'API', queueId, settings: { kind: 'intake' } } })
    const { secret } = await admin.call('createToken', { body: { name: 'api', channelId } })
    const senders = [one, two].map((app) => app.client().withHeaders({ authorization: `Bearer ${secret}` }))
    for (const agent of agents) {
      pages.push(await openLive(agent))
      await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    }
    const send = async (index: number): Promise<void> => {
      const sender = senders[index % 2] ?? one.client()
      const body = { from: { externalId: `c-${index % 7}` }, subject: `Заявка ${index}`, text: 'Прошу' }
      // Each process learns of a new channel by itself.
      await eventually(() => sender.withHeaders({ 'idempotency-key': `request-${index}` }).call('createIntake', { body }))
    }
    const sending = (async () => {
      for (let index = 0; index < REQUESTS; index += 2) await Promise.all([send(index), send(index + 1)])
    })()
    const resolved = new Set<string>()
    const work = async (agent: HttpClient): Promise<void> => {
      while (resolved.size < REQUESTS) {
        for (const { workItem } of (await agent.call('readDesk')).offers) {
          const params = { id: workItem?.id ?? '' }
          await agent.call('acceptOffer', { params, body: { offerId: workItem?.offer?.id ?? '' } })
          await agent.call('resolveWorkItem', { params, body: { dispositionId: null } })
          assert.equal(resolved.has(params.id), false, 'two agents had one item')
          resolved.add(params.id)
        }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await Promise.all([sending, ...agents.map(work)])

    const { rows } = await sql<{ items: number; offers: number; accepted: number; handlings: number; loaded: number }>`
      select (select count(*) from work_item where state = 'resolved') as items, (select count(*) from offer) as offers,
        (select count(*) from offer where outcome = 'accepted') as accepted, (select count(*) from handling) as handlings,
        (select count(*) from agent where capacity_used <> 0) as loaded`.execute(one.db.database.read)
    assert.deepEqual(rows[0], { items: REQUESTS, offers: REQUESTS, accepted: REQUESTS, handlings: REQUESTS, loaded: 0 })
  })

  it('tell their pages of what the other one did', async () => {
    const [here, there] = agents
    assert.ok(here && there)
    const page = await openLive(there)
    pages.push(page)
    const heard = page.next((frame) => frame.kind === 'events' && frame.events.some(({ type }) => type === 'agent_state.changed'))
    const { personId } = await there.call('readOwnAgentState')
    const login = { login: 'chief', displayName: 'Старший', role: 'supervisor' as const, password: PASSWORD }
    await people.admin.call('createPerson', { body: login })
    const chief = await one.client().signIn('chief', PASSWORD)
    await chief.call('changeAgentState', { params: { id: personId }, body: { state: 'offline' } })
    await heard
    assert.equal((await there.call('readOwnAgentState')).state, 'offline')
  })

  it('end a session together: a person who is blocked through one is out of the other at once', async () => {
    const { rows } = await people.admin.call('listPeople')
    const person = rows.find(({ login }) => login === 'agent-1')
    const agent = agents[1]
    assert.ok(person && agent)
    const page = pages[1]
    await people.admin.call('changePerson', { params: { id: person.id }, body: { blocked: true, version: person.version } })
    assert.equal(await page?.closed, 4401)
    const refusal = await agent.call('readDesk').then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(refusal instanceof ProblemError)
    assert.equal(refusal.problem.code, 'unauthenticated')
  })
})

describe('a process dies that read the mailbox', () => {
  const LEASE_S = 5
  let peer: MailPeer
  let db: TestDatabase
  let folder: string
  const products: Product[] = []
  before(async function () {
    await needPrograms(this, MAIL_PEER_PROGRAMS)
    peer = await startMailPeer()
    db = await testDatabase()
    folder = await mkdtemp(join(tmpdir(), 'oco-two-'))
  })
  after(async () => {
    for (const product of products) {
      product.signal('SIGTERM')
      await product.ended
    }
    await db?.drop()
    await peer?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** Both need the same key: it opens the password of the mailbox. */
  const start = async (name: string): Promise<{ product: Product; line: string }> => {
    const keyFile = join(folder, 'key')
    await writeFile(keyFile, Buffer.alloc(32, 7), { mode: 0o600 })
    const keys = await db.keys()
    await writeTestRing(join(folder, 'key-ring.json'))
    const env = {
      DATABASE_URL: db.url,
      DATABASE_OWNER_URL: db.ownerUrl,
      KEYS_DATABASE_URL: keys.url,
      KEYS_DATABASE_OWNER_URL: keys.ownerUrl,
      OCO_SECRET_KEY_FILE: keyFile,
      OCO_KEY_RING_FILE: join(folder, 'key-ring.json'),
    }
    const product = startProduct({ dataDir: join(folder, name), env })
    products.push(product)
    return { product, line: await product.ready }
  }
  const holder = async (): Promise<{ holder: string; left: number } | null> => {
    const { rows } = await sql<{ holder: string; left: number }>`
      select holder, extract(epoch from expires_at - now())::float8 as left from lease where key like 'imap:%'`.execute(
      db.database.read,
    )
    return rows[0] ?? null
  }
  const arrived = (subject: string) => eventually(() => conversationAbout(db.database.read, subject))

  it('and the other one goes on where it was, within the time of the lease', async () => {
    const first = await start('one')
    const address = addressIn(first.line)
    const code = /код первой настройки: (\S+)/.exec(first.line)?.[1] ?? ''
    const settings = emailSettings({ imapPort: peer.imapPort, smtpPort: peer.smtpPort })
    await goThroughFirstRun({ address, code }, { mail: { name: 'Почта', settings } })
    await peer.send({ from: CLIENT.address, to: SUPPORT.address, subject: 'До', text: '1' })
    const early = await arrived('До')
    const second = await start('two')
    const before = await eventually(holder)

    first.product.signal('SIGKILL')
    await first.product.ended
    const left = await holder()
    assert.equal(left?.holder, before.holder)
    assert.ok((left?.left ?? 0) <= LEASE_S, `the dead one keeps the mailbox for ${left?.left ?? 0} s`)
    await peer.send({ from: CLIENT.address, to: SUPPORT.address, subject: 'После', text: '2' })
    assert.notEqual(await arrived('После'), early)
    assert.notEqual((await holder())?.holder, before.holder)
    const admin = await new HttpClient(addressIn(second.line)).signIn('admin', PASSWORD)
    const { rows } = await admin.call('listChannels')
    assert.equal(rows.find(({ kind }) => kind === 'email')?.state, 'ok')
  })
})
