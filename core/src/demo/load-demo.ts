import { hashPassword, SYSTEM_ORIGIN } from '@oco/security'
import type { ChannelKind, PersonView } from '@oco/contract'
import type { ChannelStore } from '../channels/index.ts'
import { resolveContact } from '../contacts/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { present } from '../kernel/assert.ts'
import { newId } from '../kernel/ids.ts'
import { addPerson } from '../people/index.ts'
import { audit, live, wake, type Database, type Tx } from '../platform/db.ts'
import { writeHistory } from './history-store.ts'
import type { DemoQueue } from './scenarios.ts'
import { makeHistory, makeOpenWork, seeded } from './story-maker.ts'

export const DEMO_LOGINS = ['agent', 'supervisor', 'officer', 'admin'] as const
export const DEMO_MAIL_ADDRESS = 'support@oco.demo'
const HISTORY_COUNT = 320
const SEED = 20_261
const HOUR_MS = 3_600_000

const PEOPLE = [
  { login: 'agent', displayName: 'Мария Соловьёва', role: 'agent' },
  { login: 'supervisor', displayName: 'Олег Карпенко', role: 'supervisor' },
  { login: 'officer', displayName: 'Вера Никитина', role: 'security_officer' },
  { login: 'admin', displayName: 'Антон Рудаков', role: 'administrator' },
] as const

const QUEUES = [
  { key: 'orders', name: 'Заказы и доставка', priority: 4, firstReply: HOUR_MS / 2, resolution: 8 * HOUR_MS },
  { key: 'support', name: 'Поддержка клиентов', priority: 3, firstReply: HOUR_MS, resolution: 24 * HOUR_MS },
  { key: 'internal', name: 'Внутренний сервис', priority: 2, firstReply: 2 * HOUR_MS, resolution: 48 * HOUR_MS },
] as const

const DISPOSITIONS = ['Решено', 'Консультация', 'Передано', 'Отказ клиента', 'Спам'] as const

export interface LoadDemo {
  readonly database: Database
  readonly store: ChannelStore
  readonly clock: Clock
  readonly password: string
  /** Where the demo's own mail peer takes answers. */
  readonly smtp: { readonly host: string; readonly port: number }
  /** The page of the demo shop, on which the chat may stand. */
  readonly shopOrigin: string
}

/**
 * Fills an empty installation with an organisation that has worked for a month. `loaded`: now; `kept`: at an earlier start, and only
 * the addresses of this start's peer were brought up to date; `refused`: real data is there, which the demo never touches.
 */
export const loadDemo = async (deps: LoadDemo): Promise<'loaded' | 'kept' | 'refused'> => {
  const state = await deps.database.read.selectFrom('organisation').select(['setup_done_at', 'demo']).executeTakeFirstOrThrow()
  if (state.setup_done_at !== null) {
    if (!state.demo) return 'refused'
    await deps.database.transaction((tx) => followPeer(deps, tx))
    return 'kept'
  }
  const passwordHash = await hashPassword(deps.password)
  await deps.database.transaction((tx) => load(deps, tx, passwordHash))
  return 'loaded'
}

const load = async (deps: LoadDemo, tx: Tx, passwordHash: string): Promise<void> => {
  const now = deps.clock.now()
  await tx.updateTable('organisation').set({ name: 'Торговый дом «Северный ветер»', setup_done_at: now, demo: true }).execute()
  const queues = await makeQueues(tx, now)
  const dispositions = await makeDispositions(tx, now)
  const people = await makePeople(tx, [...queues.values()], passwordHash, now)
  const channels = await makeChannels(deps, tx, queues, now)
  const agents = people.filter((person) => person.role === 'agent' || person.role === 'supervisor')
  const random = seeded(SEED)
  const agentName = present(agents[0], 'the agent of the demo').displayName
  const history = [...makeHistory({ count: HISTORY_COUNT, now, agentName, random }), ...makeOpenWork({ now, agentName, random })]
  const contacts = new Map<string, string>()
  for (const { contactName, channel } of history) {
    if (contacts.has(contactName)) continue
    contacts.set(contactName, await makeContact(tx, contactName, channel, now))
  }
  const agentIds = agents.map((agent) => agent.id)
  await writeHistory(tx, { history, queues, dispositions, channels, contacts, agentIds, random, now })
  audit(tx, { action: 'demo.loaded', by: SYSTEM_ORIGIN, details: { conversations: history.length } })
  live(tx, { type: 'settings.changed' })
  wake(tx, 'channels')
  wake(tx, 'agents')
}

const makeQueues = async (tx: Tx, now: Date): Promise<Map<DemoQueue, string>> => {
  const ids = new Map<DemoQueue, string>()
  for (const queue of QUEUES) {
    const id = newId(now)
    ids.set(queue.key, id)
    await tx
      .insertInto('queue')
      .values({
        id,
        name: queue.name,
        priority: queue.priority,
        first_reply_target_ms: queue.firstReply,
        resolution_target_ms: queue.resolution,
        created_at: now,
        demo: true,
      })
      .execute()
  }
  return ids
}

const makeDispositions = async (tx: Tx, now: Date): Promise<Map<string, string>> => {
  const ids = new Map<string, string>(DISPOSITIONS.map((name) => [name, newId(now)]))
  await tx
    .insertInto('disposition')
    .values([...ids].map(([name, id]) => ({ id, name, demo: true })))
    .execute()
  return ids
}

const makePeople = async (tx: Tx, queueIds: string[], passwordHash: string, now: Date): Promise<PersonView[]> => {
  const people: PersonView[] = []
  for (const person of PEOPLE) {
    const serves = person.role === 'agent' || person.role === 'supervisor'
    const common = { ...person, locale: 'ru' as const, passwordHash, demo: true, now }
    people.push(await addPerson(tx, SYSTEM_ORIGIN, serves ? { ...common, queueIds } : common))
  }
  return people
}

const mailSettings = ({ smtp }: LoadDemo) => ({
  kind: 'email' as const,
  address: DEMO_MAIL_ADDRESS,
  senderName: 'Северный ветер',
  allowUntrustedCertificates: false,
  signature: 'Служба поддержки «Северный ветер»',
  imap: null,
  smtp: { host: smtp.host, port: smtp.port, tls: 'plain' as const, user: '', password: '' },
})

const chatSettings = ({ shopOrigin }: LoadDemo) => ({
  kind: 'webchat' as const,
  allowedOrigins: [shopOrigin],
  title: 'Северный ветер',
  greeting: 'Здравствуйте! Чем помочь?',
  askEmail: 'optional' as const,
  consentText:
    'Я согласен на обработку имени, адреса почты и текста обращения организацией «Северный ветер» для ответа на это обращение.',
})

const makeChannels = async (
  deps: LoadDemo,
  tx: Tx,
  queues: ReadonlyMap<DemoQueue, string>,
  now: Date,
): Promise<Map<ChannelKind, string>> => {
  const queueId = (key: DemoQueue): string => present(queues.get(key), 'a queue of the demo')
  const make = (name: string, key: DemoQueue, settings: Parameters<ChannelStore['create']>[1]['settings']): Promise<string> =>
    deps.store.create(tx, { name, queueId: queueId(key), enabled: true, settings, demo: true, now })
  return new Map<ChannelKind, string>([
    ['email', await make('Почта поддержки', 'support', mailSettings(deps))],
    ['webchat', await make('Чат на сайте', 'orders', chatSettings(deps))],
    ['intake', await make('Портал сотрудника', 'internal', { kind: 'intake' })],
  ])
}

/** The peer's ports are any free ones: a later start over the same data finds other ones. */
const followPeer = async (deps: LoadDemo, tx: Tx): Promise<void> => {
  for (const channel of await deps.store.list(tx)) {
    const mine = await tx.selectFrom('channel').select('demo').where('id', '=', channel.id).executeTakeFirst()
    if (mine?.demo !== true || channel.kind === 'intake') continue
    const settings = channel.kind === 'email' ? mailSettings(deps) : chatSettings(deps)
    await deps.store.change(tx, channel.id, { version: channel.version, settings })
  }
}

const makeContact = async (tx: Tx, name: string, channel: ChannelKind, now: Date): Promise<string> => {
  const mailbox = transliterated(name)
  const mail = { kind: 'email', value: `${mailbox}@client.demo` } as const
  // One person writes by several channels: whichever came first, an answer by mail must find them.
  const [from, alsoKnownAs] = channel === 'intake' ? [{ kind: 'external', value: mailbox } as const, [mail]] : [mail, []]
  const { id } = await resolveContact(tx, { from: { ...from, displayName: name }, alsoKnownAs, demo: true, now })
  return id
}

const LATIN = new Map(
  'а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:h ц:c ч:ch ш:sh щ:sch ъ: ы:y ь: э:e ю:yu я:ya'
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, 1), pair.slice(2)]),
)

const transliterated = (name: string): string => {
  const [given = '', family = ''] = name.toLowerCase().split(' ')
  const latin = (word: string): string => [...word].map((letter) => LATIN.get(letter) ?? letter).join('')
  return `${latin(given).slice(0, 1)}.${latin(family)}`
}
