import type { ConversationRow } from '@oco/contract'
import { shallowRef } from 'vue'
import { session } from '../../api/session.ts'
import { createBrowserStore } from './browser-store.ts'

/** Up to which message a person has looked at each of the own conversations, on this workstation. */
const SEEN_MAX = 500
const store = createBrowserStore(localStorage)
const place = (): string => `oco.seen.${session.value?.person.id ?? ''}`
const seen = shallowRef<Readonly<Record<string, string>> | null>(null)

const all = (): Readonly<Record<string, string>> => (seen.value ??= (store.read(place()) as Record<string, string> | null) ?? {})

export function markSeen(conversationId: string, lastMessageAt: string): void {
  if ((all()[conversationId] ?? '') >= lastMessageAt) return
  const { [conversationId]: _, ...rest } = all()
  const entries = [...Object.entries(rest), [conversationId, lastMessageAt] as const].slice(-SEEN_MAX)
  seen.value = Object.fromEntries(entries)
  store.write(place(), seen.value)
}

/** The customer has written, and the person who holds the item has not looked yet. */
export function isUnread(row: ConversationRow): boolean {
  const own = row.workItem?.assignee?.id === session.value?.person.id && row.workItem?.state !== 'resolved'
  return own && row.lastMessageKind === 'inbound' && (all()[row.id] ?? '') < row.lastMessageAt
}
