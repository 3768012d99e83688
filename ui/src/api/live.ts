import type { LiveFrame, PageFrame } from '@oco/contract'
import { computed, onScopeDispose, ref, shallowReactive, shallowRef } from 'vue'
import { nowMs } from '../kit/clock.ts'
import { createCoalescer } from './coalesce.ts'
import { createRecentIds, receive, reconnectDelayMs, type LiveEffect } from './live-reducer.ts'
import { queryClient } from './queries.ts'
import { readSession, session } from './session.ts'

/**
 * The page's one live line. Events say what changed; here they renew what the page holds. When the line breaks the page goes on with
 * what it has, and resumes by the cursor, so nothing that happened meanwhile is missed.
 */
export type LineState = 'off' | 'connecting' | 'open' | 'waiting'
export const line = ref<LineState>('off')
/** Shown to the person: the line is down, and not merely for the blink of a first connection. */
export const lineDown = ref(false)
export const waitingByQueue = shallowRef<Readonly<Record<string, number>>>({})
export const viewers = shallowReactive(new Map<string, readonly { id: string; displayName: string }[]>())
export const typing = shallowReactive(new Map<string, { author: string; personId: string | null; until: number }>())

type Listener = (effect: LiveEffect) => void
const listeners = new Set<Listener>()
const seen = createRecentIds(4_096)
const watched = new Map<string, number>()

const PING_MS = 20_000
const SILENCE_MAX_MS = 50_000
const DOWN_AFTER_MS = 2_500
const RENEW_WINDOW_MS = 250
const TYPING_SHOWN_MS = 5_000

let socket: WebSocket | null = null
let cursor: string | null = null
let attempt = 0
let heardAt = 0
let wanted = false
let retryTimer: ReturnType<typeof setTimeout> | undefined
let downTimer: ReturnType<typeof setTimeout> | undefined
let pingTimer: ReturnType<typeof setInterval> | undefined

const renewSoon = createCoalescer(
  (names) => {
    for (const name of names) void queryClient.invalidateQueries({ queryKey: JSON.parse(name) as string[] })
  },
  RENEW_WINDOW_MS,
  (run, ms) => void setTimeout(run, ms),
)

/** Tells a component about effects that are more than a renewal: messages, offers. */
export function useLive(listener: Listener): void {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}

export function startLive(): void {
  if (wanted) return
  wanted = true
  window.addEventListener('online', connectNow)
  document.addEventListener('visibilitychange', whenSeen)
  connect()
}

export function stopLive(): void {
  wanted = false
  window.removeEventListener('online', connectNow)
  document.removeEventListener('visibilitychange', whenSeen)
  clearTimeout(retryTimer)
  clearTimeout(downTimer)
  clearInterval(pingTimer)
  const open = socket
  socket = null
  open?.close(1000)
  line.value = 'off'
  lineDown.value = false
  cursor = null
}

/** Tries at once, without waiting for the next attempt. */
export function connectNow(): void {
  if (!wanted || line.value === 'open' || line.value === 'connecting') return
  clearTimeout(retryTimer)
  connect()
}

/** Says that this conversation is on the screen until the returned function is called: viewers and typing come for it. */
export function watchConversation(id: string): () => void {
  watched.set(id, (watched.get(id) ?? 0) + 1)
  sendWatched()
  return () => {
    const left = (watched.get(id) ?? 1) - 1
    if (left > 0) watched.set(id, left)
    else watched.delete(id)
    viewers.delete(id)
    sendWatched()
  }
}

export const sayTyping = (conversationId: string): void => sendFrame({ kind: 'typing', conversationId })

/** Others who look at a conversation now. */
export const viewersOf = (id: () => string) =>
  computed(() => (viewers.get(id()) ?? []).filter((person) => person.id !== session.value?.person.id))

function connect(): void {
  line.value = 'connecting'
  downTimer ??= setTimeout(() => (lineDown.value = true), DOWN_AFTER_MS)
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
  const opened = new WebSocket(`${scheme}://${location.host}/api/v1/live${query}`)
  socket = opened
  opened.onopen = () => opened === socket && onOpen()
  opened.onmessage = (message) => opened === socket && onMessage(String(message.data))
  opened.onclose = () => opened === socket && onClose()
}

function onOpen(): void {
  line.value = 'open'
  attempt = 0
  heardAt = nowMs()
  clearTimeout(downTimer)
  downTimer = undefined
  lineDown.value = false
  sendWatched()
  clearInterval(pingTimer)
  pingTimer = setInterval(checkPulse, PING_MS)
}

function onMessage(text: string): void {
  heardAt = nowMs()
  const step = receive(cursor, JSON.parse(text) as LiveFrame, seen)
  cursor = step.cursor
  for (const effect of step.effects) apply(effect)
}

function onClose(): void {
  socket = null
  clearInterval(pingTimer)
  if (!wanted) return
  line.value = 'waiting'
  downTimer ??= setTimeout(() => (lineDown.value = true), DOWN_AFTER_MS)
  retryTimer = setTimeout(connect, reconnectDelayMs(attempt, Math.random))
  attempt += 1
  // A refused handshake hides its reason from the page: ask whether the session still stands.
  if (attempt === 2 || attempt % 8 === 0) void readSession().catch(() => undefined)
}

/** A line can die without a word; a silent one is closed and opened anew. */
function checkPulse(): void {
  if (nowMs() - heardAt > SILENCE_MAX_MS) {
    const silent = socket
    onClose()
    silent?.close()
    return
  }
  sendFrame({ kind: 'ping' })
}

function whenSeen(): void {
  if (document.visibilityState === 'visible') connectNow()
}

function apply(effect: LiveEffect): void {
  if (effect.kind === 'renew') renewSoon(effect.keys.map((key) => JSON.stringify(key)))
  if (effect.kind === 'counters') waitingByQueue.value = effect.waiting
  if (effect.kind === 'reload') void queryClient.invalidateQueries()
  if (effect.kind === 'session') onSessionEvent(effect.personId)
  if (effect.kind === 'viewers') viewers.set(effect.conversationId, effect.people)
  if (effect.kind === 'typing') showTyping(effect)
  for (const listener of listeners) listener(effect)
}

function onSessionEvent(personId: string | null): void {
  if (personId === null || personId === session.value?.person.id) void readSession().catch(() => undefined)
}

function showTyping({ conversationId, author, personId }: Extract<LiveEffect, { kind: 'typing' }>): void {
  if (personId !== null && personId === session.value?.person.id) return
  const until = nowMs() + TYPING_SHOWN_MS
  typing.set(conversationId, { author, personId, until })
  setTimeout(() => {
    if (typing.get(conversationId)?.until === until) typing.delete(conversationId)
  }, TYPING_SHOWN_MS)
}

function sendWatched(): void {
  sendFrame({ kind: 'watch', conversationIds: [...watched.keys()].slice(-20) })
}

function sendFrame(frame: PageFrame): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
}
