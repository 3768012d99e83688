import type { LiveEvent, LiveFrame } from '@oco/contract'
import { keys } from './query-keys.ts'

/** What the page must do about a frame; the shell around this pure part does it. */
export type LiveEffect =
  | { kind: 'renew'; keys: readonly (readonly string[])[] }
  | { kind: 'messages'; conversationId: string; messageId: string | null; added: boolean }
  | { kind: 'session'; personId: string | null }
  | { kind: 'offer'; made: boolean; event: LiveEvent }
  | { kind: 'reload' }
  | { kind: 'counters'; waiting: Readonly<Record<string, number>> }
  | { kind: 'typing'; conversationId: string; author: string; personId: string | null }
  | { kind: 'viewers'; conversationId: string; people: readonly { id: string; displayName: string }[] }

/** The last ids that were seen. The server may send an event twice, never an old one after thousands of new ones. */
export interface RecentIds {
  /** False where it was there already. */
  add(id: string): boolean
}

export function createRecentIds(limit: number): RecentIds {
  const ids = new Set<string>()
  return {
    add(id) {
      if (ids.has(id)) return false
      ids.add(id)
      if (ids.size > limit) ids.delete(ids.values().next().value as string)
      return true
    },
  }
}

export interface LiveStep {
  /** Where to resume; unchanged by frames that carry none. */
  cursor: string | null
  effects: readonly LiveEffect[]
}

/** Repeated events have no effect; the cursor of their frame still counts. */
export function receive(cursor: string | null, frame: LiveFrame, seen: RecentIds): LiveStep {
  switch (frame.kind) {
    case 'hello':
      return { cursor: frame.cursor, effects: [] }
    case 'reload':
      return { cursor: frame.cursor, effects: [{ kind: 'reload' }] }
    case 'events': {
      const fresh = frame.events.filter((event) => seen.add(event.id))
      return { cursor: frame.cursor, effects: fresh.flatMap(effectsOf) }
    }
    case 'counters':
      return { cursor, effects: [{ kind: 'counters', waiting: frame.waiting }] }
    case 'typing':
    case 'viewers':
      return { cursor, effects: [frame] }
    case 'pong':
      return { cursor, effects: [] }
  }
}

const renew = (...named: (readonly string[])[]): LiveEffect => ({ kind: 'renew', keys: named })

export function effectsOf(event: LiveEvent): LiveEffect[] {
  const { conversationId } = event
  const conversation = conversationId ? [keys.conversation(conversationId)] : []
  switch (event.type) {
    case 'message.added':
    case 'message.changed':
      return [
        renew(keys.conversations, ...(event.type === 'message.added' ? [keys.board] : [])),
        ...(conversationId
          ? [{ kind: 'messages', conversationId, messageId: event.messageId, added: event.type === 'message.added' } as const]
          : []),
      ]
    case 'conversation.changed':
      return [renew(keys.conversations, ...conversation)]
    case 'work_item.changed':
      return [renew(keys.conversations, keys.desk, keys.ownState, keys.board, ...conversation)]
    case 'offer.made':
    case 'offer.withdrawn':
      return [
        renew(keys.conversations, keys.desk, keys.board, ...conversation),
        { kind: 'offer', made: event.type === 'offer.made', event },
      ]
    case 'agent_state.changed':
      return [renew(keys.ownState, keys.desk, keys.board)]
    case 'channel.changed':
      return [renew(keys.channels, keys.board)]
    case 'settings.changed':
      return [
        renew(keys.session, keys.settings, keys.queues, keys.people, keys.skills, keys.dispositions, keys.desk),
        { kind: 'session', personId: null },
      ]
    case 'session.ended':
      return [{ kind: 'session', personId: event.personId }]
  }
}

const FIRST_DELAY_MS = 500
const LAST_DELAY_MS = 15_000

/** Doubles up to a limit; half of it is chance, so that a restarted server is not met by everybody at once. */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  const whole = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10))
  return Math.round(whole / 2 + (whole / 2) * random())
}
