import { present } from '../../src/kernel/assert.ts'
import type { MoveEvent, MoveValues } from '../../src/work-items/move-statement-store.ts'
import type { AgentLoad, MoveRequest, MoveResult } from '../../src/work-items/move-store.ts'
import type { WaitingItem } from '../../src/work-items/offer-store.ts'
import { EFFECT, NEXT, type Effect } from '../../src/work-items/work-item.ts'
import type { WorkStore } from '../../src/work-items/work-store.ts'
import type { FakeAgent, FakeItem, FakeRows } from './fake-rows.ts'

/** The store of work items over rows in memory: the same rules read from the same tables, told in another language than SQL. */
export const fakeWorkStore = (rows: FakeRows): WorkStore => ({
  moveItem: (_tx, request) => Promise.resolve(move(rows, request)),

  takeWaiting(_tx, { openings, passedOver, limit, refusedSince }) {
    const open = new Map(openings.map((opening) => [opening.queueId, opening]))
    const waiting = [...rows.openItems.values()].filter((item) => {
      const opening = open.get(item.queueId)
      if (item.state !== 'waiting' || opening === undefined || item.weight > opening.weightMax) return false
      return (item.skillId === null || opening.skillIds.includes(item.skillId)) && passedOver[item.id] !== item.version
    })
    return Promise.resolve(
      waiting
        .sort(inLine)
        .slice(0, limit)
        .map((item): WaitingItem => ({
          ...item,
          offerTimeoutMs: rows.offerTimeoutMs,
          refusals: refusalsOf(item, refusedSince),
        })),
    )
  },

  reserveOffers(_tx, { offers, record }) {
    const need = new Map<string, number>()
    for (const { personId, weight } of offers) need.set(personId, (need.get(personId) ?? 0) + weight)
    const loads = new Map<string, AgentLoad>()
    for (const [personId, weight] of need) {
      const agent = rows.agents.get(personId)
      if (agent?.state !== 'ready' || agent.capacityUsed + weight > agent.capacityLimit) continue
      rows.set(agent, { capacityUsed: agent.capacityUsed + weight, version: agent.version + 1 })
      loads.set(personId, loadOf(agent))
    }
    const itemIds = new Set<string>()
    for (const { id, itemId, personId, expiresAt, recordId } of offers) {
      const item = present(rows.items.get(itemId), 'an offered item')
      if (!loads.has(personId) || item.state !== 'waiting') continue
      rows.insert(item.offers, { id, personId, endedAt: null, outcome: null })
      rows.insert(rows.traces, { itemId, from: 'waiting', to: 'offered', record: { action: record.action, id: recordId } })
      rows.setItem(item, {
        state: 'offered',
        offerId: id,
        offeredTo: personId,
        offerExpiresAt: expiresAt,
        version: item.version + 1,
      })
      itemIds.add(itemId)
    }
    return Promise.resolve({ itemIds, loads: [...loads.values()] })
  },

  lockStandingOffers(_tx, personId) {
    const standing = [...rows.openItems.values()].filter((item) => item.state === 'offered' && item.offeredTo === personId)
    return Promise.resolve(standing.map(({ id, offerId }) => ({ itemId: id, offerId: present(offerId, 'its offer') })))
  },

  listDueWork(_db, now, limit) {
    const items = [...rows.openItems.values()]
    const offers = items
      .filter((item) => item.offerExpiresAt !== null && item.offerExpiresAt <= now)
      .map(({ id, offerId, offeredTo }) => ({ itemId: id, offerId: offerId ?? '', personId: offeredTo ?? '' }))
    const pending = items.filter((item) => item.state === 'pending' && item.pendingUntil !== null && item.pendingUntil <= now)
    return Promise.resolve({
      offers: offers.slice(0, limit),
      itemIds: pending.map(({ id }) => id).slice(0, limit),
      orphanIds: [],
    })
  },

  nextDueWorkAt() {
    const times = [...rows.openItems.values()].map(
      (item) => item.offerExpiresAt ?? (item.state === 'pending' ? item.pendingUntil : null),
    )
    return Promise.resolve(times.reduce((next, at) => (at !== null && (next === null || at < next) ? at : next), null))
  },

  lockAssigned(_tx, personId) {
    const held = [...rows.openItems.values()].filter((item) => item.state === 'assigned' && item.assigneeId === personId)
    return Promise.resolve(held.map(({ id }) => id))
  },

  findItem: (_db, itemId) => Promise.resolve(rows.items.get(itemId) ?? null),
})

const inLine = (a: FakeItem, b: FakeItem): number =>
  b.priority - a.priority || a.waitingSince.getTime() - b.waitingSince.getTime() || (a.id < b.id ? -1 : 1)

const refusalsOf = (item: FakeItem, since: Date): WaitingItem['refusals'] => {
  const offers = item.offers.filter((one) => one.outcome === 'declined' || one.outcome === 'expired')
  const handlings = item.handlings.filter((one) => one.endedBy === 'released' || one.endedBy === 'transferred')
  return [...offers, ...handlings]
    .filter((one) => one.endedAt !== null && one.endedAt > since)
    .map((one) => ({ personId: one.personId, at: one.endedAt ?? since }))
}

const loadOf = ({ personId, state, capacityLimit, capacityUsed, idleSince, version }: FakeAgent): AgentLoad => ({
  personId,
  state,
  capacityLimit,
  capacityUsed,
  idleSince,
  version,
})

const move = (rows: FakeRows, { event, values, record }: MoveRequest): MoveResult => {
  const item = rows.items.get(values.itemId)
  const to = item === undefined ? undefined : NEXT[item.state][event]
  if (item === undefined || to === undefined || !holds(rows, event, item, values)) return { kind: 'absent' }
  const effect = EFFECT[event]
  const before = { ...item }
  const carrierId = item.state === 'offered' ? item.offeredTo : item.state === 'assigned' ? item.assigneeId : null
  const heir = heirOf(event, item, values)
  const changed = new Map<string, FakeAgent>()
  if (effect.loads !== undefined) {
    const rise = heir === carrierId ? 0 : item.weight
    const agent = rows.agents.get(heir ?? '')
    const isOut = agent === undefined || (effect.loads === 'on' && agent.state === 'offline')
    if (isOut || agent.capacityUsed + rise > agent.capacityLimit) return { kind: 'full' }
    rows.set(agent, { capacityUsed: agent.capacityUsed + rise, version: agent.version + 1 })
    changed.set(agent.personId, agent)
  }
  const carrier = effect.frees === true && carrierId !== null && heir !== carrierId ? rows.agents.get(carrierId) : undefined
  if (carrier !== undefined) {
    rows.set(carrier, { capacityUsed: carrier.capacityUsed - item.weight, idleSince: values.now, version: carrier.version + 1 })
    changed.set(carrier.personId, carrier)
  }
  endFacts(rows, effect, item, values.now)
  rows.insert(rows.traces, { itemId: item.id, from: item.state, to, record })
  rows.setItem(item, { ...settingsOf(event, effect, values, heir), state: to, version: item.version + 1 })
  if (effect.begins) rows.insert(item.handlings, { personId: heir ?? '', endedAt: null, endedBy: null })
  const { state, queueId, assigneeId, offeredTo, offerId } = before
  return {
    kind: 'moved',
    id: item.id,
    conversationId: item.conversationId,
    before: { state, queueId, assigneeId, offeredTo, offerId },
    queueId: item.queueId,
    assigneeId: item.assigneeId,
    freed: carrier !== undefined,
    loads: [...changed.values()].map(loadOf),
  }
}

/** Who has the item in hands afterwards. */
const heirOf = (event: MoveEvent, item: FakeItem, values: MoveValues): string | null => {
  if (event === 'take' || event === 'assign') return values.personId ?? null
  if (event === 'accept') return item.offeredTo
  return EFFECT[event].begins === true ? item.assigneeId : null
}

const holds = (rows: FakeRows, event: MoveEvent, item: FakeItem, values: MoveValues): boolean => {
  const { onlyFor = null, now } = values
  const isOwn = onlyFor === null || item.assigneeId === onlyFor
  const isTheOffer = item.offerId === values.offerId
  switch (event) {
    case 'accept':
      return isTheOffer && item.offeredTo === values.personId && item.offerExpiresAt !== null && item.offerExpiresAt > now
    case 'decline':
      return isTheOffer && item.offeredTo === values.personId
    case 'expire':
    case 'withdraw':
      return isTheOffer
    case 'take':
      return onlyFor === null || rows.agents.get(onlyFor)?.queueIds.includes(item.queueId) === true
    case 'assign':
      return isOwn && !(item.state === 'assigned' && item.assigneeId === values.personId)
    case 'wake':
    case 'return': {
      const dueBy = values.dueBy ?? null
      return dueBy === null || (item.pendingUntil !== null && item.pendingUntil <= dueBy)
    }
    default:
      return isOwn
  }
}

const endFacts = (rows: FakeRows, effect: Effect, item: FakeItem, now: Date): void => {
  const offer = item.offers.find((one) => one.id === item.offerId)
  if (offer !== undefined && effect.offer !== undefined) rows.set(offer, { endedAt: now, outcome: effect.offer })
  const handling = item.handlings.find((one) => one.endedAt === null)
  if (handling !== undefined && effect.handling !== undefined) rows.set(handling, { endedAt: now, endedBy: effect.handling })
}

const settingsOf = (event: MoveEvent, effect: Effect, values: MoveValues, heir: string | null): Partial<FakeItem> => ({
  pendingUntil: event === 'pend' ? (values.pendingUntil ?? null) : null,
  ...(effect.offer === undefined ? {} : { offerId: null, offeredTo: null, offerExpiresAt: null }),
  ...(effect.begins === true ? { assigneeId: heir } : {}),
  ...(WAITING_AFTER.has(event) ? { assigneeId: null } : {}),
  ...(event === 'transfer' ? { queueId: values.queueId ?? '', skillId: values.skillId ?? null } : {}),
  ...(event === 'return' ? { waitingSince: values.now } : {}),
})

const WAITING_AFTER: ReadonlySet<MoveEvent> = new Set(
  (Object.keys(EFFECT) as MoveEvent[]).filter((event) => Object.values(NEXT).some((next) => next[event] === 'waiting')),
)
