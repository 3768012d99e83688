import { search, type ConversationRow } from '@oco/contract'
import type { Actor } from '@oco/security'
import { visibleTo } from '../conversations/index.ts'
import { audit, sql, type Database, type Tx } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import { conversationRows, latestItem, listedColumns, listedFrom, type ListedRow } from './conversation-rows.ts'

/**
 * So many of the latest matches of each kind are ranked, of those that the person may see: common words match everything, and nobody
 * reads past the first page.
 */
export const CANDIDATES_MAX = 500
/** The same bound as in the index's expression, or the index does not serve. */
const INDEXED_LENGTH = sql.lit(100_000)

type FoundRow = ListedRow & { readonly excerpt: string }
type Found = ConversationRow & { excerpt: string }

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
  const number = /^#?(\d{1,15})$/.exec(q)?.[1] ?? null
  const visible = visibleTo(actor)
  const latest = sql`order by conversation.last_message_at desc limit ${CANDIDATES_MAX}`
  const { rows } = await sql<FoundRow>`
    with query as (select websearch_to_tsquery('russian', ${q}) as words),
    candidate as (
      (select conversation.id as conversation_id, message.id as message_id,
          ts_rank_cd(to_tsvector('russian', left(message.text, ${INDEXED_LENGTH})), query.words) as rank
        from query, message
        join conversation on conversation.id = message.conversation_id
        where to_tsvector('russian', left(message.text, ${INDEXED_LENGTH})) @@ query.words and ${visible}
        order by message.id desc limit ${CANDIDATES_MAX})
      union all
      (select conversation.id, null, 4 from conversation
        where conversation.number = ${number}::bigint and ${visible})
      union all
      (select conversation.id, null, 2 from conversation
        where conversation.subject ilike ${`%${escaped(q)}%`} and ${visible}
        ${latest})
      union all
      (select conversation.id, null, 3 from contact_address as address
        join conversation on conversation.contact_id = address.contact_id
        where address.normalised like ${`${escaped(q.toLowerCase())}%`} and ${visible}
        ${latest})
      union all
      (select conversation.id, null, 3 from contact
        join conversation on conversation.contact_id = contact.id
        where contact.display_name ilike ${`%${escaped(q)}%`} and ${visible}
        ${latest})),
    best as (
      select distinct on (conversation_id) conversation_id, message_id, rank
      from candidate order by conversation_id, rank desc, message_id desc nulls last)
    select ${listedColumns}, coalesce(
        (select ts_headline('russian', left(message.text, 2000), query.words, ${HEADLINE})
          from message where message.id = best.message_id), conversation.preview) as excerpt
    from best cross join query join ${listedFrom} on conversation.id = best.conversation_id ${latestItem}
    order by best.rank desc, conversation.last_message_at desc
    limit ${limit}`.execute(tx)
  const listed = await conversationRows(tx, rows)
  return listed.map((row, index) => ({ ...row, excerpt: rows[index]?.excerpt ?? '' }))
}

/** Matches stand between U+2068 and U+2069, which no text that comes in keeps; the page makes them bold without trusting any HTML. */
const HEADLINE = 'StartSel=\u2068, StopSel=\u2069, MaxWords=24, MinWords=8, MaxFragments=1'

const escaped = (words: string): string => words.replace(/[\\%_]/g, (sign) => `\\${sign}`)
