import pg from 'pg'

const LOOK_EVERY_MS = 150

/** How far the story has come, by what is committed. */
export interface Progress {
  /** Letters whose work item is resolved, by the channel on which they came. */
  readonly resolved: Readonly<Record<string, number>>
  readonly received: number
  readonly sent: number
}

export interface Ledger {
  readonly progress: Progress
  /** So often the invariants were looked at. */
  readonly looks: number
  /** Rejects when one of them did not hold. */
  readonly fault: Promise<never>
  query<T>(text: string, values?: readonly unknown[]): Promise<T[]>
  stop(): Promise<void>
}

/** What must hold in every state that is ever committed: each query gives the rows in which it does not. */
const INVARIANTS: Readonly<Record<string, string>> = {
  'an agent carries what the agent holds, and no more than fits': `
    select person_id, capacity_used, capacity_limit from agent
    where capacity_used > capacity_limit or capacity_used <> coalesce((select sum(weight) from work_item
      where (state = 'offered' and offered_to = agent.person_id) or (state = 'assigned' and assignee_id = agent.person_id)), 0)`,
  'an item that is offered has one standing offer, and no other has one': `
    select work_item.id, state, count(offer.id) from work_item left join offer on work_item_id = work_item.id and ended_at is null
    group by work_item.id having count(offer.id) <> (state = 'offered')::integer
      or bool_or(offer.id is not null and offer.id is distinct from work_item.offer_id)`,
  'an item is in hands exactly while it is assigned': `
    select work_item.id, state, count(handling.id) from work_item
    left join handling on work_item_id = work_item.id and ended_at is null
    group by work_item.id having count(handling.id) <> (state = 'assigned')::integer
      or bool_or(handling.id is not null and handling.person_id is distinct from work_item.assignee_id)`,
  'a letter is one message at most': `
    select external_id from message where kind = 'inbound' group by external_id having count(*) > 1`,
  'an answer that is queued has a way out, and one that is sent has none': `
    select message.id, delivery_state, count(outbox.id) from message
    left join outbox on message_id = message.id and outbox.state = 'queued'
    where kind = 'outbound' group by message.id having count(outbox.id) <> (delivery_state = 'queued')::integer`,
}

const PROGRESS = `select
  (select coalesce(json_object_agg(name, resolved), '{}') from (
    select channel.name, count(*) as resolved from work_item
    join conversation on conversation.id = conversation_id join channel on channel.id = conversation.channel_id
    where work_item.state = 'resolved' group by channel.name) as by_channel) as resolved,
  (select count(*)::integer from message where kind = 'inbound') as received,
  (select count(*)::integer from outbox where state = 'sent') as sent`

/** Looks at the database all the while, each time at one committed state as a whole, whether core lives or not. */
export const openLedger = async (ownerUrl: string): Promise<Ledger> => {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'crash story' })
  await client.connect()
  let progress: Progress = { resolved: {}, received: 0, sent: 0 }
  let looks = 0
  let fail: (error: unknown) => void
  const fault = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  fault.catch(() => undefined)
  let looking: Promise<void> | null = null

  const look = async (): Promise<void> => {
    await client.query('begin isolation level repeatable read read only')
    for (const [name, text] of Object.entries(INVARIANTS)) {
      const { rows } = await client.query<object>(text)
      if (rows.length > 0) throw new Error(`it does not hold that ${name}: ${JSON.stringify(rows.slice(0, 5))}`)
    }
    const { rows } = await client.query<Progress>(PROGRESS)
    await client.query('commit')
    progress = rows[0] ?? progress
    looks++
  }

  const timer = setInterval(() => {
    looking ??= look()
      .catch(fail)
      .finally(() => (looking = null))
  }, LOOK_EVERY_MS)
  return {
    get progress() {
      return progress
    },
    get looks() {
      return looks
    },
    fault,
    query: async <T>(text: string, values: readonly unknown[] = []) => {
      await looking
      return (await client.query(text, [...values])).rows as T[]
    },
    async stop() {
      clearInterval(timer)
      await looking
      await client.end()
    },
  }
}
