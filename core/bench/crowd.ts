import { hashToken, newToken } from '@oco/security'
import { WebSocket } from 'ws'
import type { LiveFrame } from '@oco/contract'
import { newId } from '../src/kernel/ids.ts'
import { sql, vaultOf, type Database } from '../src/platform/db.ts'
import { addressLookup, placeIn } from '../src/platform/vault/index.ts'

export interface Person {
  readonly personId: string
  readonly cookie: string
  /** Goes with everything that changes something. */
  readonly csrf: string
  /** The agent's conversation, whose messages come by intake under this case, or by a visit. */
  readonly conversationId: string
  readonly caseId: string
}

export interface Crowd {
  readonly people: readonly Person[]
  readonly intakeChannelId: string
  readonly webchatChannelId: string
  /** A bearer token for the intake channel. */
  readonly token: string
}

const OFFSET_DAYS = 30

/**
 * `count` agents in one queue, each signed in, ready and at work on one conversation: rows as the product writes them, sealed as it seals
 * them, made at once because signing thousands in costs minutes of hashing.
 */
export const seedCrowd = async (database: Database, count: number): Promise<Crowd> => {
  const now = new Date()
  const [queueId, intakeChannelId, webchatChannelId, tokenId] = [newId(), newId(), newId(), newId()]
  const secret = newToken()
  const people = Array.from({ length: count }, () => {
    const [personId, conversationId, session] = [newId(), newId(), newToken()]
    return { personId, conversationId, session, caseId: conversationId, csrf: newToken(), contactId: newId(), itemId: newId() }
  })
  await database.transaction(async (tx) => {
    await sql`update organisation set setup_done_at = ${now}, name = 'Bench'`.execute(tx)
    await sql`insert into queue (id, name, created_at) values (${queueId}, 'Bench', ${now})`.execute(tx)
    const chat = {
      kind: 'webchat',
      allowedOrigins: ['http://shop.example'],
      title: 'Chat',
      greeting: '',
      askEmail: 'no',
      consentText: 'I agree.',
      consentVersion: 1,
    }
    await sql`insert into channel (id, kind, name, queue_id, settings, state_since, created_at) values
      (${intakeChannelId}, 'intake', 'Intake', ${queueId}, '{"kind":"intake"}', ${now}, ${now}),
      (${webchatChannelId}, 'webchat', 'Chat', ${queueId}, ${JSON.stringify(chat)}::jsonb, ${now}, ${now})`.execute(tx)
    await sql`insert into api_token (id, name, secret_hash, channel_id, created_at)
      values (${tokenId}, 'bench', ${hashToken(secret)}, ${intakeChannelId}, ${now})`.execute(tx)
    const vault = vaultOf(tx)
    const contactIds = people.map(({ contactId }) => contactId)
    const [sealer, { current }] = await Promise.all([vault.sealerFor('subject', contactIds), vault.indexes()])
    const rows = JSON.stringify(
      people.map((person) => {
        const { contactId, caseId, conversationId } = person
        const addressId = newId()
        const seal = (table: string, column: string, id: string, text: string): string =>
          bytea(sealer.seal(contactId, placeIn(table, column, id), text))
        return {
          ...{ ...person, hash: hashToken(person.session).toString('hex'), addressId },
          name: seal('contact', 'name', contactId, 'Client'),
          address: seal('contact_address', 'value', addressId, caseId),
          lookup: bytea(addressLookup(current, { kind: 'external', value: caseId })),
          subject: seal('conversation', 'subject', conversationId, 'Case'),
        }
      }),
    )
    await sql`create temporary table crowd on commit drop as
      select * from jsonb_to_recordset(${rows}::jsonb) as row ("personId" uuid, "conversationId" uuid, "contactId" uuid,
        "itemId" uuid, "caseId" text, csrf text, hash text, "addressId" uuid, name bytea, address bytea, lookup bytea,
        subject bytea)`.execute(tx)
    await sql`insert into person (id, login, display_name, role, password_hash, created_at)
      select "personId", "personId"::text, 'Agent', 'agent', 'none', ${now} from crowd`.execute(tx)
    await sql`insert into agent (person_id, state, since, capacity_limit, capacity_used, idle_since)
      select "personId", 'ready', ${now}, 100, 100, ${now} from crowd`.execute(tx)
    await sql`insert into queue_member (queue_id, person_id) select ${queueId}, "personId" from crowd`.execute(tx)
    await sql`insert into session (id, token_hash, csrf_token, person_id, started_at, last_seen_at, expires_at)
      select gen_random_uuid(), decode(hash, 'hex'), csrf, "personId", ${now}, ${now}, ${new Date(now.getTime() + OFFSET_DAYS * 86_400_000)}
      from crowd`.execute(tx)
    await sql`insert into contact (id, sealed_name, created_at) select "contactId", name, ${now} from crowd`.execute(tx)
    await sql`insert into contact_address (id, contact_id, kind, sealed_value, lookup)
      select "addressId", "contactId", 'external', address, lookup from crowd`.execute(tx)
    await sql`insert into conversation (id, contact_id, channel_id, sealed_subject, thread_key, started_at, last_message_at, last_message_kind)
      select "conversationId", "contactId", ${intakeChannelId}::uuid, subject, "caseId", ${now}::timestamptz, ${now}, 'inbound'
      from crowd`.execute(tx)
    await sql`insert into work_item (id, conversation_id, queue_id, channel_kind, state, priority, weight, enqueued_at, waiting_since,
        assignee_id, assigned_at)
      select "itemId", "conversationId", ${queueId}, 'intake', 'assigned', 3, 100, ${now}, ${now}, "personId", ${now}
      from crowd`.execute(tx)
  })
  await sql`analyze`.execute(database.read).catch(() => undefined)
  return {
    people: people.map((person) => ({ ...person, cookie: `oco_session=${person.session}` })),
    intakeChannelId,
    webchatChannelId,
    token: `oco_${tokenId}_${secret}`,
  }
}

const bytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`

export interface LivePage {
  readonly socket: WebSocket
  close(): void
}

/** A page that is open at its own conversation; `heard` gets each frame as it arrives. */
export const openPage = (address: string, person: Person, heard: (frame: LiveFrame) => void): Promise<LivePage> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/api/v1/live`, { headers: { cookie: person.cookie } })
    socket.once('error', reject)
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as LiveFrame
      if (frame.kind === 'hello') {
        socket.send(JSON.stringify({ kind: 'watch', conversationIds: [person.conversationId] }))
        resolve({
          socket,
          close: () => {
            socket.close()
          },
        })
      }
      heard(frame)
    })
  })

/** Runs `work` for each, so many at once. */
export const eachAtOnce = async <T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next++
      const item = items[index]
      if (item === undefined) return
      await work(item, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}

/** The value below which `share` of the sorted values lie (nearest rank). */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
