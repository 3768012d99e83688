import { search, type ConversationRow } from '@oco/contract'
import type { Actor } from '@oco/security'
import { visibleTo } from '../conversations/index.ts'
import { audit, sql, vaultOf, type Database, type RawBuilder, type Tx } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import { mayBePlain } from '../platform/sealed-tables.ts'
import { openTexts, placeIn, typedAddresses, typedNames, type EpochIndex, type StoredText } from '../platform/vault/index.ts'
import { excerptOf, hasPhrases, parseQuery, type SearchQuery } from './search-query.ts'
import { conversationRows, latestItem, listedColumns, listedFrom, type ListedRow } from './conversation-rows.ts'

/**
 * So many of the latest matches of each kind are ranked, of those that the person may see: common words match everything, and nobody
 * reads past the first page.
 */
export const CANDIDATES_MAX = 500
/** The same bound as in the index's expression, or the index does not serve. */
const INDEXED_LENGTH = sql.lit(100_000)

interface FoundRow extends ListedRow {
  readonly message_id: string | null
  readonly message_text: string | null
  readonly message_sealed_text: Buffer | null
  readonly writer_id: string | null
}
type Found = ConversationRow & { excerpt: string }

/** Phrases are looked for in what was found by its words: of so many times as many as are asked for. */
const PHRASE_CANDIDATES = 5

/** The one place where personal data is searched. The words themselves are not recorded: they may be anybody's name. */
export const searchRoutes = ({ database }: { database: Database }): Route[] => [
  route(search, ({ query, actor, by }) =>
    database.transaction(async (tx) => {
      const rows = await find(tx, actor, query)
      audit(tx, {
        action: 'conversation.searched',
        by,
        details: { found: rows.length, conversationIds: rows.map(({ id }) => id) },
      })
      return { rows }
    }),
  ),
]

const find = async (tx: Tx, actor: Actor, { q, limit }: { q: string; limit: number }): Promise<Found[]> => {
  const query = parseQuery(q)
  const wide = query.phrases.length === 0 ? limit : limit * PHRASE_CANDIDATES
  const { rows } = await (await statementFor(tx, actor, { q, query, limit: wide })).execute(tx)
  const texts = await openTexts(() => vaultOf(tx), rows.map(messageText))
  const found = rows.flatMap((row, index) => {
    const text = row.message_id === null ? null : (texts[index] ?? '')
    return text === null || hasPhrases(text, query) ? [{ row, text }] : []
  })
  const shown = found.slice(0, limit)
  const listed = await conversationRows(
    tx,
    shown.map(({ row }) => row),
  )
  return listed.map((row, index) => {
    const text = shown[index]?.text ?? null
    return { ...row, excerpt: text === null ? row.preview : excerptOf(text, query) }
  })
}

const messageText = (row: FoundRow): StoredText => ({
  subjectId: row.writer_id ?? row.contact_id,
  place: placeIn('message', 'text', row.message_id ?? ''),
  plain: row.message_text,
  sealed: row.message_sealed_text,
})

/** What is sealed is found by the terms of its words; rows of before, which are plain still, by the words themselves. */
const statementFor = async (
  tx: Tx,
  actor: Actor,
  { q, query, limit }: { q: string; query: SearchQuery; limit: number },
): Promise<RawBuilder<FoundRow>> => {
  const number = /^#?(\d{1,15})$/.exec(q)?.[1] ?? null
  const visible = visibleTo(actor)
  const latest = sql`order by conversation.last_message_at desc limit ${CANDIDATES_MAX}`
  const [{ living }, hasPlain] = await Promise.all([
    vaultOf(tx).indexes(),
    mayBePlain(tx, ['message', 'conversation', 'contact', 'contact_address']),
  ])
  /** A row has the terms of one epoch. */
  const underAny = (condition: (index: EpochIndex) => RawBuilder<boolean>) =>
    sql<boolean>`(${sql.join(living.map(condition), sql` or `)})`
  const hasWords = (table: RawBuilder<unknown>) =>
    underAny((index) =>
      query.required.length === 0
        ? sql`false`
        : sql`${table}.search_terms @> ${index.terms('words', query.required)}::bigint[]
            and not ${table}.search_terms && ${index.terms('words', query.excluded)}::bigint[]`,
    )
  const names = typedNames(q)
  const hasName = underAny((index) =>
    names.length === 0 ? sql`false` : sql`contact.search_terms @> ${index.terms('names', names)}::bigint[]`,
  )
  const hasAddress = underAny((index) => sql`address.search_terms && ${index.terms('addresses', typedAddresses(q))}::bigint[]`)
  // Nothing that was typed goes to the database once there is no plain text for it to find: a server's log may keep statements.
  const plain = (condition: RawBuilder<boolean>) => (hasPlain ? condition : sql<boolean>`false`)
  return sql<FoundRow>`
    with candidate as (
      (select conversation.id as conversation_id, message.id as message_id, 1.0::real as rank
        from message
        join conversation on conversation.id = message.conversation_id
        where ${hasWords(sql`message`)} and ${visible}
        order by message.id desc limit ${CANDIDATES_MAX})
      union all
      (select conversation.id, message.id, 1.0::real
        from message
        join conversation on conversation.id = message.conversation_id
        where ${plain(sql`message.text is not null
            and to_tsvector('russian', left(message.text, ${INDEXED_LENGTH})) @@ websearch_to_tsquery('russian', ${q})`)}
          and ${visible}
        order by message.id desc limit ${CANDIDATES_MAX})
      union all
      (select conversation.id, null, 4 from conversation
        where conversation.number = ${number}::bigint and ${visible})
      union all
      (select conversation.id, null, 2 from conversation
        where (${hasWords(sql`conversation`)} or ${plain(sql`conversation.subject ilike ${`%${escaped(q)}%`}`)}) and ${visible}
        ${latest})
      union all
      (select conversation.id, null, 3 from contact_address as address
        join conversation on conversation.contact_id = address.contact_id
        where (${hasAddress} or ${plain(sql`address.normalised like ${`${escaped(q.toLowerCase())}%`}`)}) and ${visible}
        ${latest})
      union all
      (select conversation.id, null, 3 from contact
        join conversation on conversation.contact_id = contact.id
        where (${hasName} or ${plain(sql`contact.display_name ilike ${`%${escaped(q)}%`}`)}) and ${visible}
        ${latest})),
    best as (
      select distinct on (conversation_id) conversation_id, message_id, rank
      from candidate order by conversation_id, rank desc, message_id desc nulls last)
    select ${listedColumns}, best.message_id, message.text as message_text, message.sealed_text as message_sealed_text,
      message.contact_id as writer_id
    from best join ${listedFrom} on conversation.id = best.conversation_id ${latestItem}
    left join message on message.id = best.message_id
    order by best.rank desc, conversation.last_message_at desc
    limit ${limit}`
}

const escaped = (words: string): string => words.replace(/[\\%_]/g, (sign) => `\\${sign}`)
