import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { parseJson } from '../kernel/json.ts'
import type { Wake } from './wake.ts'

/** What another process last said of its viewers counts so long; it says it again in time. */
const VIEWERS_KEPT_MS = 45_000
const VIEWERS_REPEAT_MS = 20_000
const TYPING_PER_WRITER_MS = 1_000

export interface Typing {
  readonly conversationId: string
  readonly author: string
  /** Null: the customer. */
  readonly personId: string | null
}

export interface Viewing {
  readonly personId: string
  readonly displayName: string
}

export interface Person {
  readonly id: string
  readonly displayName: string
}

/** Who types and who looks at what: true for seconds, stored nowhere, told to every process. */
export interface Signals {
  typing(typing: Typing): void
  /** Everybody, here and elsewhere; the writer too. */
  onTyping(act: (typing: Typing) => void): void
  /** `page` (its identity is what counts) has these conversations open now; none: it is gone. */
  view(page: Viewing, conversationIds: readonly string[]): void
  onViewers(act: (conversationId: string, people: readonly Person[]) => void): void
  start(): void
  stop(): void
}

const signal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('typing'), conversationId: z.string(), author: z.string(), personId: z.string().nullable() }),
  z.object({
    kind: z.literal('viewers'),
    node: z.string(),
    conversationId: z.string(),
    people: z.array(z.object({ id: z.string(), displayName: z.string() })),
  }),
])

export const createSignals = (options: { wake: Wake; clock: Clock; node: string }): Signals => {
  const { wake, clock, node } = options
  const typingActs: ((typing: Typing) => void)[] = []
  const viewerActs: ((conversationId: string, people: readonly Person[]) => void)[] = []
  const pages = new Map<Viewing, readonly string[]>()
  const here = new Map<string, Set<Viewing>>()
  const elsewhere = new Map<string, Map<string, { people: readonly Person[]; atMs: number }>>()
  const typedAtMs = new Map<string, number>()
  let repeat: NodeJS.Timeout | null = null

  const own = (conversationId: string): Person[] => {
    const people = new Map<string, Person>()
    for (const { personId, displayName } of here.get(conversationId) ?? []) people.set(personId, { id: personId, displayName })
    return [...people.values()]
  }

  const announce = (conversationId: string): void => {
    const people = new Map(own(conversationId).map((person) => [person.id, person]))
    const oldestMs = clock.monotonicMs() - VIEWERS_KEPT_MS
    for (const [other, told] of elsewhere.get(conversationId) ?? []) {
      if (told.atMs < oldestMs) elsewhere.get(conversationId)?.delete(other)
      else for (const person of told.people) people.set(person.id, person)
    }
    for (const act of viewerActs) act(conversationId, [...people.values()])
  }

  const tellOthers = (conversationId: string): void => {
    wake.signal(JSON.stringify({ kind: 'viewers', node, conversationId, people: own(conversationId) }))
  }

  const hear = (payload: string): void => {
    const parsed = signal.safeParse(parseJson(payload))
    if (!parsed.success) return
    if (parsed.data.kind === 'typing') {
      for (const act of typingActs) act(parsed.data)
      return
    }
    const { conversationId, people } = parsed.data
    const told = elsewhere.get(conversationId) ?? new Map<string, { people: readonly Person[]; atMs: number }>()
    if (people.length === 0) told.delete(parsed.data.node)
    else told.set(parsed.data.node, { people, atMs: clock.monotonicMs() })
    if (told.size === 0) elsewhere.delete(conversationId)
    else elsewhere.set(conversationId, told)
    announce(conversationId)
  }

  return {
    typing(typing) {
      const key = `${typing.conversationId} ${typing.personId ?? ''}`
      const nowMs = clock.monotonicMs()
      if (nowMs - (typedAtMs.get(key) ?? -TYPING_PER_WRITER_MS) < TYPING_PER_WRITER_MS) return
      typedAtMs.set(key, nowMs)
      for (const act of typingActs) act(typing)
      wake.signal(JSON.stringify({ kind: 'typing', ...typing }))
    },
    onTyping(act) {
      typingActs.push(act)
    },
    view(page, conversationIds) {
      const before = pages.get(page) ?? []
      if (conversationIds.length === 0) pages.delete(page)
      else pages.set(page, conversationIds)
      for (const id of before) if (!conversationIds.includes(id)) leave(here, id, page)
      for (const id of conversationIds) here.set(id, (here.get(id) ?? new Set()).add(page))
      for (const id of new Set([...before, ...conversationIds])) {
        announce(id)
        tellOthers(id)
      }
    },
    onViewers(act) {
      viewerActs.push(act)
    },
    start() {
      wake.onSignal(hear)
      repeat = setInterval(() => {
        typedAtMs.clear()
        for (const conversationId of here.keys()) tellOthers(conversationId)
      }, VIEWERS_REPEAT_MS)
      repeat.unref()
    },
    stop() {
      if (repeat !== null) clearInterval(repeat)
    },
  }
}

const leave = (here: Map<string, Set<Viewing>>, id: string, page: Viewing): void => {
  const set = here.get(id)
  set?.delete(page)
  if (set?.size === 0) here.delete(id)
}
