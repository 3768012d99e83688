import type { ChannelKind } from '@oco/contract'
import { CITIES, CONTACT_NAMES, PRODUCTS, SCENARIOS, type Scenario } from './scenarios.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const HISTORY_DAYS = 30
const WORK_STARTS_HOUR = 9
const WORK_HOURS = 11
/** Moscow's offset, without daylight saving: the demo's working day. */
const OFFSET_HOURS = 3

export interface DemoMessage {
  readonly kind: 'inbound' | 'outbound' | 'note'
  readonly text: string
  readonly at: Date
}

export interface DemoConversation {
  readonly contactName: string
  readonly channel: ChannelKind
  readonly queue: Scenario['queue']
  readonly subject: string
  readonly disposition: string
  readonly messages: readonly DemoMessage[]
  readonly assignedAt: Date
  /** Null: still in the first agent's hands, or put aside. */
  readonly resolvedAt: Date | null
  readonly pending: boolean
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `count` resolved conversations of the last thirty days, oldest first, in working hours, fewer at weekends. */
export const makeHistory = (input: { count: number; now: Date; agentName: string; random: () => number }): DemoConversation[] => {
  const { count, now, agentName, random } = input
  const made = Array.from({ length: count }, () => {
    const scenario = pick(SCENARIOS, random)
    return conversationOf({
      startedAt: momentOf(now, random),
      agentName,
      random,
      scenario,
      channel: pick(scenario.channels, random),
    })
  })
  return made
    .filter(({ resolvedAt }) => resolvedAt !== null && resolvedAt.getTime() < now.getTime() - 5 * MINUTE_MS)
    .sort((a, b) => startOf(a) - startOf(b))
}

/** Where each of the open conversations stands: the scenario, and how many of its lines have been said. */
const OPEN = [
  { subject: 'Возврат', lines: 1, startedMinutesAgo: 18, pending: false },
  { subject: 'Закрывающие', lines: 1, startedMinutesAgo: 41, pending: false },
  { subject: 'Где мой заказ', lines: 4, startedMinutesAgo: 65, pending: false },
  { subject: 'Не печатает', lines: 2, startedMinutesAgo: 96, pending: false },
  { subject: 'Коммерческое', lines: 3, startedMinutesAgo: 140, pending: true },
] as const

/** A few conversations of the last hours that the agent is at: by mail and from the portal, so that each can be answered. */
export const makeOpenWork = (input: { now: Date; agentName: string; random: () => number }): DemoConversation[] =>
  OPEN.flatMap(({ subject, lines, startedMinutesAgo, pending }) => {
    const scenario = SCENARIOS.find((candidate) => candidate.subject.startsWith(subject))
    if (scenario === undefined) return []
    const startedAt = new Date(input.now.getTime() - startedMinutesAgo * MINUTE_MS)
    const whole = conversationOf({ startedAt, agentName: input.agentName, random: input.random, scenario, channel: 'email' })
    const messages = whole.messages.slice(0, lines)
    const last = messages.at(-1)?.at.getTime() ?? 0
    // The pauses of a long story may reach beyond now: drawn together until the last word was a few minutes ago.
    const span = Math.max(1, last - startedAt.getTime())
    const room = Math.min(span, (startedMinutesAgo - 4) * MINUTE_MS)
    const at = (moment: Date): Date => new Date(startedAt.getTime() + ((moment.getTime() - startedAt.getTime()) * room) / span)
    return [{ ...whole, messages: messages.map((said) => ({ ...said, at: at(said.at) })), resolvedAt: null, pending }]
  })

const startOf = (conversation: DemoConversation): number => conversation.messages[0]?.at.getTime() ?? 0

const momentOf = (now: Date, random: () => number): Date => {
  for (;;) {
    const day = Math.floor(random() * HISTORY_DAYS)
    const midnight = Math.floor((now.getTime() + OFFSET_HOURS * 3_600_000) / DAY_MS) * DAY_MS - OFFSET_HOURS * 3_600_000
    const at = new Date(midnight - day * DAY_MS + (WORK_STARTS_HOUR + random() * WORK_HOURS) * 3_600_000)
    const weekday = new Date(at.getTime() + OFFSET_HOURS * 3_600_000).getUTCDay()
    const weekend = weekday === 0 || weekday === 6
    if (at < now && (!weekend || random() < 0.3)) return at
  }
}

interface Told {
  readonly startedAt: Date
  readonly agentName: string
  readonly random: () => number
  readonly scenario: Scenario
  readonly channel: ChannelKind
}

const conversationOf = ({ startedAt, agentName, random, scenario, channel }: Told): DemoConversation => {
  const contactName = pick(CONTACT_NAMES, random)
  const fill = filler({ contactName, agentName, startedAt, random })
  const pauseMs = channel === 'webchat' ? 1.5 * MINUTE_MS : 14 * MINUTE_MS
  let at = startedAt
  const messages = scenario.lines.map(([who, text], index): DemoMessage => {
    if (index > 0) at = new Date(at.getTime() + (0.4 + random()) * pauseMs)
    return { kind: who === 'contact' ? 'inbound' : who === 'agent' ? 'outbound' : 'note', text: fill(text), at }
  })
  const assignedAt = new Date(startedAt.getTime() + (0.1 + random() * 0.2) * pauseMs)
  const resolvedAt = new Date(at.getTime() + (0.3 + random()) * MINUTE_MS)
  return {
    contactName,
    channel,
    queue: scenario.queue,
    subject: fill(scenario.subject),
    disposition: scenario.disposition,
    messages,
    assignedAt,
    resolvedAt,
    pending: false,
  }
}

const filler = (input: { contactName: string; agentName: string; startedAt: Date; random: () => number }) => {
  const { contactName, agentName, startedAt, random } = input
  const date = new Date(startedAt.getTime() + (1 + Math.floor(random() * 4)) * DAY_MS)
  const values: Readonly<Record<string, string>> = {
    order: `№ ${String(100_000 + Math.floor(random() * 900_000))}`,
    product: pick(PRODUCTS, random),
    city: pick(CITIES, random),
    name: contactName.split(' ')[0] ?? contactName,
    agent: agentName,
    sum: (Math.round(15 + random() * 900) * 10).toLocaleString('ru-RU'),
    date: date.toLocaleDateString('ru-RU', { day: 'numeric', month: 'long', timeZone: 'Europe/Moscow' }),
  }
  return (text: string): string => text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
}

const pick = <T>(list: readonly T[], random: () => number): T => {
  const found = list[Math.floor(random() * list.length)]
  if (found === undefined) throw new RangeError('nothing to pick from')
  return found
}
