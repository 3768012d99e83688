import { sql, vaultOf, type Db } from '../platform/db.ts'
import { nameOfContact, openTexts } from '../platform/vault/index.ts'

/** Labels by id, of one kind of object; ids of what is gone are missing. */
type Labels = ReadonlyMap<string, string>

const NAMED = {
  channel: 'name',
  queue: 'name',
  skill: 'name',
  disposition: 'name',
  person: 'display_name',
} as const

const named = (table: keyof typeof NAMED, ids: readonly string[]) =>
  sql<Row>`select id, ${sql.ref(NAMED[table])} as label from ${sql.table(table)} where id = any(${ids}::uuid[])`

const token = (ids: readonly string[]) => sql<Row>`select id, name as label from api_token where id = any(${ids}::uuid[])`

const conversation = (ids: readonly string[]) =>
  sql<Row>`select id, '#' || number as label from conversation where id = any(${ids}::uuid[])`

const workItem = (ids: readonly string[]) => sql<Row>`
  select work_item.id, '#' || conversation.number as label
  from work_item
  join conversation on conversation.id = work_item.conversation_id
  where work_item.id = any(${ids}::uuid[])`

const message = (ids: readonly string[]) => sql<Row>`
  select message.id, '#' || conversation.number as label
  from message
  join conversation on conversation.id = message.conversation_id
  where message.id = any(${ids}::uuid[])`

const attachment = (ids: readonly string[]) => sql<Row>`
  select attachment.id, '#' || conversation.number as label
  from attachment
  join message on message.id = attachment.message_id
  join conversation on conversation.id = message.conversation_id
  where attachment.id = any(${ids}::uuid[])`

interface Row {
  readonly id: string
  readonly label: string
}

type Query = (ids: readonly string[]) => ReturnType<typeof token>

/** Kinds of subjects and objects that have a label; what people wrote is none. */
const QUERIES: Readonly<Record<string, Query | undefined>> = {
  person: (ids) => named('person', ids),
  channel: (ids) => named('channel', ids),
  queue: (ids) => named('queue', ids),
  skill: (ids) => named('skill', ids),
  disposition: (ids) => named('disposition', ids),
  token,
  conversation,
  work_item: workItem,
  message,
  attachment,
}

const labelsBy = async (db: Db, query: Query | undefined, ids: readonly string[]): Promise<Labels> =>
  new Map(((await query?.(ids).execute(db))?.rows ?? []).map((row) => [row.id, row.label]))

/** Sealed, so no statement can tell; one that was erased has none any more. */
const contactNames = async (db: Db, ids: readonly string[]): Promise<Labels> => {
  const rows = await db
    .selectFrom('contact')
    .select(['id as contact_id', 'display_name as contact_name', 'sealed_name as sealed_contact_name'])
    .where('id', 'in', ids)
    .execute()
  const names = await openTexts(() => vaultOf(db), rows.map(nameOfContact))
  return new Map(rows.flatMap((row, index) => (names[index] ? [[row.contact_id, names[index]]] : [])))
}

export interface Labelled {
  readonly kind: string
  readonly id: string | null
}

export type LabelOf = (thing: Labelled) => string | null

/** Looks the labels of all these up, with one statement a kind. */
export const labelsOf = async (db: Db, things: Iterable<Labelled>): Promise<LabelOf> => {
  const idsByKind = new Map<string, Set<string>>()
  for (const { kind, id } of things) {
    if (id === null || (kind !== 'contact' && QUERIES[kind] === undefined)) continue
    const ids = idsByKind.get(kind) ?? new Set()
    idsByKind.set(kind, ids.add(id))
  }
  const found = new Map<string, Labels>()
  for (const [kind, ids] of idsByKind) {
    found.set(kind, kind === 'contact' ? await contactNames(db, [...ids]) : await labelsBy(db, QUERIES[kind], [...ids]))
  }
  return ({ kind, id }) => (id === null ? null : (found.get(kind)?.get(id) ?? null))
}
