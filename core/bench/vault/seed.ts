import { hashToken, newToken } from '@oco/security'
import { newId } from '../../src/kernel/ids.ts'
import { sql, vaultOf, type Database } from '../../src/platform/db.ts'
import { lexemesOf, placeIn } from '../../src/platform/vault/index.ts'
import type { Corpus } from './corpus.ts'

/** A batch takes less than a lease of a key, which nothing renews here. */
const AT_ONCE = 10
const DAYS_MS = 30 * 24 * 3_600_000

export interface Seeded {
  readonly cookie: string
  readonly conversationIds: readonly string[]
}

/**
 * The same conversations in every one of the databases, each sealed by its own vault: rows as the product writes them, many at once.
 * The indexes of terms are made afterwards, as whoever restores a dump has them made.
 */
export const seed = async (
  databases: readonly Database[],
  plan: {
    conversations: number
    messages: number
    corpus: Corpus
    asOwner: (statement: string) => Promise<void>
    tell: (line: string) => void
  },
): Promise<Seeded> => {
  const now = new Date()
  const [queueId, channelId, personId, session] = [newId(), newId(), newId(), newToken()]
  for (const { read } of databases) {
    await sql`update organisation set setup_done_at = ${now}, name = 'Bench'`.execute(read)
    await sql`insert into queue (id, name, created_at) values (${queueId}, 'Bench', ${now})`.execute(read)
    await sql`insert into channel (id, kind, name, queue_id, settings, state_since, created_at)
      values (${channelId}, 'intake', 'Intake', ${queueId}, '{"kind":"intake"}', ${now}, ${now})`.execute(read)
    await sql`insert into person (id, login, display_name, role, password_hash, created_at)
      values (${personId}, 'lead', 'Lead', 'supervisor', 'none', ${now})`.execute(read)
    await sql`insert into agent (person_id, state, since, capacity_limit, idle_since)
      values (${personId}, 'offline', ${now}, 100, ${now})`.execute(read)
    await sql`insert into session (id, token_hash, csrf_token, person_id, started_at, last_seen_at, expires_at)
      values (${newId()}, ${hashToken(session)}, ${newToken()}, ${personId}, ${now}, ${now}, ${new Date(now.getTime() + DAYS_MS)})`.execute(
      read,
    )
  }
  await plan.asOwner('drop index message_search_terms; drop index conversation_search_terms')
  const conversationIds: string[] = []
  for (let from = 0; from < plan.conversations; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, plan.conversations - from) }, (_, index) => {
      const at = new Date(now.getTime() - (plan.conversations - from - index) * 60_000)
      return { id: newId(at), contactId: newId(at), at, texts: Array.from({ length: plan.messages }, () => plan.corpus.text()) }
    })
    conversationIds.push(...batch.map(({ id }) => id))
    for (const database of databases) await writeBatch(database, batch, channelId)
    if ((from / AT_ONCE) % 50 === 49) plan.tell(`${String((from + AT_ONCE) * plan.messages)} messages`)
  }
  await plan.asOwner(
    'create index message_search_terms on message using gin (search_terms) where search_terms is not null; ' +
      'create index conversation_search_terms on conversation using gin (search_terms) where search_terms is not null; vacuum analyze',
  )
  return { cookie: `oco_session=${session}`, conversationIds }
}

interface Talk {
  readonly id: string
  readonly contactId: string
  readonly at: Date
  readonly texts: readonly string[]
}

const writeBatch = (database: Database, batch: readonly Talk[], channelId: string): Promise<void> =>
  database.transaction(async (tx) => {
    const vault = vaultOf(tx)
    const [sealer, { current }] = await Promise.all([
      vault.sealerFor(
        'subject',
        batch.map(({ contactId }) => contactId),
      ),
      vault.indexes(),
    ])
    const seal = (contactId: string, place: readonly string[], text: string): string =>
      `\\x${sealer.seal(contactId, place, text).toString('hex')}`
    const termsOf = (text: string): string => `{${current.terms('words', lexemesOf(text)).join(',')}}`
    const rows = JSON.stringify(
      batch.map(({ id, contactId, at, texts }) => ({
        ...{ id, contact_id: contactId, at, count: texts.length },
        name: seal(contactId, placeIn('contact', 'name', contactId), 'Client'),
        subject: seal(contactId, placeIn('conversation', 'subject', id), texts[0] ?? ''),
        preview: seal(contactId, placeIn('conversation', 'preview', id), texts.at(-1) ?? ''),
        terms: termsOf(texts[0] ?? ''),
      })),
    )
    await sql`with row as (select * from jsonb_to_recordset(${rows}::jsonb) as row (id uuid, contact_id uuid, at timestamptz, count integer,
        name bytea, subject bytea, preview bytea, terms bigint[])),
      made as (insert into contact (id, sealed_name, created_at) select contact_id, name, at from row)
      insert into conversation (id, contact_id, channel_id, sealed_subject, sealed_preview, search_terms, started_at, last_message_at,
        last_message_kind, message_count)
      select id, contact_id, ${channelId}::uuid, subject, preview, terms, at, at, 'inbound', count from row`.execute(tx)
    const messages = batch.flatMap(({ id, contactId, at, texts }) =>
      texts.map((text, index) => {
        const messageId = newId(at)
        return {
          id: messageId,
          in: id,
          by: contactId,
          n: index + 1,
          at,
          text: seal(contactId, placeIn('message', 'text', messageId), text),
          terms: termsOf(text),
        }
      }),
    )
    await sql`insert into message (id, conversation_id, sequence, kind, contact_id, at, sealed_text, search_terms)
      select id, "in", n, 'inbound', "by", at, text, terms from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb)
        as row (id uuid, "in" uuid, "by" uuid, n integer, at timestamptz, text bytea, terms bigint[])`.execute(tx)
  })
