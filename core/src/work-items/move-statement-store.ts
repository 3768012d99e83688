import { auditInsertFrom, type AuditRow } from '@oco/security'
import { LIVE_INTO } from '../platform/db.ts'
import { EFFECT, originsOf, targetOf, type Effect, type WorkItemEvent } from './work-item.ts'

export type MoveEvent = Exclude<WorkItemEvent, 'offer'>

/** The values that a move may need; which ones it does need follows from its event. */
export interface MoveValues {
  readonly itemId: string
  readonly now: Date
  /** Only while this person is the assignee (of `take`: serves the queue); null: whoever it is. */
  readonly onlyFor?: string | null
  readonly offerId?: string
  /** The new assignee of `take` and `assign`; of `accept` and `decline` the person to whom the item is offered. */
  readonly personId?: string
  /** The id of the interval that begins. */
  readonly handlingId?: string
  readonly queueId?: string
  readonly skillId?: string | null
  readonly pendingUntil?: Date | null
  /** Of `wake` and `return`: only where the item's own time has come by then; null: whenever it was to come. */
  readonly dueBy?: Date | null
  readonly dispositionId?: string | null
}

/** The event as the audit is to have it; the statement adds what it alone knows: `from`, `queueId` and `personId`. */
export type MoveRecord = Omit<AuditRow, 'at' | 'object_kind' | 'object_id'>

type Given = MoveValues & MoveRecord

export interface MoveStatement {
  readonly text: string
  /** Names of the values in the order of the statement's parameters. */
  readonly keys: readonly (keyof Given)[]
}

const TYPES: Readonly<Record<keyof Given, string>> = {
  itemId: 'uuid',
  now: 'timestamptz',
  onlyFor: 'uuid',
  offerId: 'uuid',
  personId: 'uuid',
  handlingId: 'uuid',
  queueId: 'uuid',
  skillId: 'uuid',
  pendingUntil: 'timestamptz',
  dueBy: 'timestamptz',
  dispositionId: 'uuid',
  id: 'uuid',
  action: 'text',
  severity: 'text',
  result: 'text',
  subject_kind: 'text',
  subject_id: 'uuid',
  address: 'inet',
  request_id: 'text',
  details: 'jsonb',
}

const statements = new Map<MoveEvent, MoveStatement>()

/** The one statement by which `event` changes the database. */
export const moveStatement = (event: MoveEvent): MoveStatement => {
  const known = statements.get(event)
  if (known !== undefined) return known
  const keys: (keyof Given)[] = []
  const value = (key: keyof Given): string => {
    if (!keys.includes(key)) keys.push(key)
    return `$${keys.indexOf(key) + 1}::${TYPES[key]}`
  }
  const statement = { text: compose(event, value), keys }
  statements.set(event, statement)
  return statement
}

type Value = (key: keyof Given) => string

const compose = (event: MoveEvent, value: Value): string => {
  const effect = EFFECT[event]
  const parts = [
    `held as (
      select id, conversation_id, state, weight, queue_id, assignee_id, offered_to, offer_id,
        case state when 'offered' then offered_to when 'assigned' then assignee_id end as carrier_id
      from work_item
      where id = ${value('itemId')} and state in (${originsOf(event).map(literal).join(', ')})${guardOf(event, value)}
      for update
    )`,
  ]
  if (effect.loads !== undefined) parts.push(...loadParts(event, effect, value))
  const from = effect.loads === undefined ? 'held' : 'held, loaded'
  parts.push(`item as (
      update work_item set ${settingsOf(event, effect, value).join(', ')}
      from ${from}
      where work_item.id = held.id
      returning work_item.queue_id, work_item.assignee_id
    )`)
  parts.push(...factParts(effect, value, from), ...recordParts(event, value))
  const columns = [
    'held.*',
    'item.queue_id as new_queue_id',
    'item.assignee_id as new_assignee_id',
    ...(effect.frees ? ['(select to_json(freed) from freed) as freed'] : []),
    ...(effect.loads === undefined ? [] : ['(select to_json(loaded) from loaded) as loaded']),
  ]
  return `with ${parts.join(',\n    ')}\n  select ${columns.join(', ')} from held left join item on true`
}

const literal = (text: string): string => `'${text}'`

/** What must hold beside the state. */
const guardOf = (event: MoveEvent, value: Value): string => {
  switch (event) {
    case 'accept':
      return ` and offer_id = ${value('offerId')} and offered_to = ${value('personId')} and offer_expires_at > ${value('now')}`
    case 'decline':
      return ` and offer_id = ${value('offerId')} and offered_to = ${value('personId')}`
    case 'expire':
    case 'withdraw':
      return ` and offer_id = ${value('offerId')}`
    case 'take':
      return ` and (${value('onlyFor')} is null or exists (
          select from queue_member where queue_member.queue_id = work_item.queue_id and person_id = ${value('onlyFor')}))`
    case 'assign':
      return ` and (${value('onlyFor')} is null or assignee_id = ${value('onlyFor')})
          and not (state = 'assigned' and assignee_id = ${value('personId')})`
    case 'wake':
    case 'return':
      return ` and (${value('dueBy')} is null or pending_until <= ${value('dueBy')})`
    case 'resolve':
      return `${assigneeGuard(value)} and (${value('dispositionId')} is null or exists (
          select from disposition where disposition.id = ${value('dispositionId')} and removed_at is null))`
    default:
      return assigneeGuard(value)
  }
}

const assigneeGuard = (value: Value): string => ` and (${value('onlyFor')} is null or assignee_id = ${value('onlyFor')})`

const LOAD = `agent.person_id as "personId", agent.state, agent.capacity_limit as "capacityLimit",
        agent.capacity_used as "capacityUsed", agent.idle_since as "idleSince", agent.version`

/** Agents are locked in the order of their ids before two of them change: two hand-overs across each other wait, not deadlock. */
const loadParts = (event: MoveEvent, effect: Effect, value: Value): string[] => {
  const to = event === 'take' || event === 'assign' ? value('personId') : 'held.assignee_id'
  const parts = []
  if (effect.frees) {
    parts.push(`agents as materialized (
      select agent.person_id from agent, held
      where agent.person_id in (${to}, held.carrier_id)
      order by agent.person_id
      for update of agent
    )`)
  }
  const rise = effect.frees ? `case when held.carrier_id = ${to} then 0 else held.weight end` : 'held.weight'
  parts.push(`loaded as (
      update agent set capacity_used = capacity_used + ${rise}, version = version + 1
      from held${effect.frees ? ', (select count(*) from agents) as locked' : ''}
      where person_id = ${to}${effect.loads === 'on' ? " and agent.state <> 'offline'" : ''}
        and capacity_used + ${rise} <= capacity_limit
      returning ${LOAD}
    )`)
  return parts
}

const factParts = (effect: Effect, value: Value, from: string): string[] => {
  const parts = []
  if (effect.frees) {
    const another = effect.loads === undefined ? '' : ' and held.carrier_id <> loaded."personId"'
    parts.push(`freed as (
      update agent set capacity_used = capacity_used - held.weight, idle_since = ${value('now')}, version = agent.version + 1
      from ${from}
      where person_id = held.carrier_id${another}
      returning ${LOAD}
    )`)
  }
  if (effect.offer !== undefined) {
    parts.push(`offer_end as (
      update offer set ended_at = ${value('now')}, outcome = '${effect.offer}'
      from ${from}
      where offer.id = held.offer_id
    )`)
  }
  if (effect.handling !== undefined) {
    parts.push(`handling_end as (
      update handling set ended_at = ${value('now')}, ended_by = '${effect.handling}'
      from ${from}
      where work_item_id = held.id and ended_at is null
      returning handling.id
    )`)
  }
  if (effect.begins) {
    // At most one interval of an item is open: the old one ends first.
    parts.push(`handling_begin as (
      insert into handling (id, work_item_id, person_id, started_at)
      select ${value('handlingId')}, held.id, item.assignee_id, ${value('now')}
      from held, item${effect.handling === undefined ? '' : ', (select count(*) from handling_end) as ended'}
    )`)
  }
  return parts
}

const settingsOf = (event: MoveEvent, effect: Effect, value: Value): string[] => {
  const target = targetOf(event)
  const settings = [`state = '${target}'`, 'version = work_item.version + 1']
  settings.push(event === 'pend' ? `pending_until = ${value('pendingUntil')}` : 'pending_until = null')
  if (effect.offer !== undefined) settings.push('offer_id = null', 'offered_to = null', 'offer_expires_at = null')
  if (target === 'waiting') settings.push('assignee_id = null', 'assigned_at = null')
  if (effect.begins) settings.push(`assignee_id = ${assigneeOf(event, value)}`, `assigned_at = ${value('now')}`)
  if (event === 'transfer') settings.push(`queue_id = ${value('queueId')}`, `skill_id = ${value('skillId')}`)
  if (event === 'return') settings.push(`waiting_since = ${value('now')}`)
  if (event === 'resolve') settings.push(`resolved_at = ${value('now')}`, `disposition_id = ${value('dispositionId')}`)
  return settings
}

const assigneeOf = (event: MoveEvent, value: Value): string => {
  if (event === 'accept') return 'held.offered_to'
  return event === 'take' || event === 'assign' ? value('personId') : 'held.assignee_id'
}

/** Whom the item concerns: its assignee, or else whoever had it. */
const PERSON = 'coalesce(item.assignee_id, held.assignee_id, held.offered_to)'

/** The event and the live rows, written where the item was moved. */
const recordParts = (event: MoveEvent, value: Value): string[] => {
  const audited = auditInsertFrom(
    {
      id: value('id'),
      at: value('now'),
      action: value('action'),
      severity: value('severity'),
      result: value('result'),
      subject_kind: value('subject_kind'),
      subject_id: value('subject_id'),
      object_kind: `'work_item'`,
      object_id: 'held.id',
      address: value('address'),
      request_id: value('request_id'),
      details: `jsonb_build_object('from', held.state, 'queueId', item.queue_id, 'personId', ${PERSON}) || ${value('details')}`,
    },
    'held, item',
  )
  const rows = liveRowsOf(event).map(
    ({
      type,
      queueId,
      personId,
      where,
    }) => `select ${value('now')}, '${type}', held.conversation_id, held.id, ${queueId}, ${personId}, null::uuid
      from held, item${where === undefined ? '' : ` where ${where}`}`,
  )
  return [`recorded as (${audited})`, `told as (${LIVE_INTO} ${rows.join(' union all ')})`]
}

interface LiveRowSql {
  readonly type: 'work_item.changed' | 'offer.withdrawn'
  readonly queueId: string
  readonly personId: string
  readonly where?: string
}

/** One row for what the item is now, and one more for each queue and person that it has left. */
const liveRowsOf = (event: MoveEvent): LiveRowSql[] => {
  const rows: LiveRowSql[] = [{ type: 'work_item.changed', queueId: 'item.queue_id', personId: PERSON }]
  if (event === 'transfer') {
    rows.push({ ...LEFT, queueId: 'held.queue_id', personId: 'null::uuid', where: 'held.queue_id <> item.queue_id' })
  }
  if (event === 'assign') {
    rows.push({ ...LEFT, queueId: 'null::uuid', personId: 'held.assignee_id', where: 'held.assignee_id <> item.assignee_id' })
  }
  if (event !== 'accept' && EFFECT[event].offer !== undefined) {
    const where = 'held.offered_to is not null'
    rows.push({ type: 'offer.withdrawn', queueId: 'held.queue_id', personId: 'held.offered_to', where })
  }
  return rows
}

const LEFT = { type: 'work_item.changed' } as const
