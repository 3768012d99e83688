import type { ConversationView, MessageView } from '@oco/contract'

/** By sequence; of two with one id the later one given wins, for it is the newer answer. */
export function mergeMessages(known: readonly MessageView[], added: readonly MessageView[]): MessageView[] {
  const byId = new Map(known.map((message) => [message.id, message]))
  for (const message of added) byId.set(message.id, message)
  return [...byId.values()].sort((a, b) => a.sequence - b.sequence)
}

/**
 * A fresh answer over what the page has: older pages that were loaded stay, unless so much happened meanwhile that they no longer
 * join on to the fresh page.
 */
export function mergeConversation(known: ConversationView | undefined, fresh: ConversationView): ConversationView {
  const last = known?.messages.at(-1)
  const first = fresh.messages[0]
  if (!known || !last || !first || first.sequence > last.sequence + 1) return fresh
  const keepsOlder = (known.messages[0]?.sequence ?? 0) < first.sequence
  return {
    ...fresh,
    messages: mergeMessages(known.messages, fresh.messages),
    olderCursor: keepsOlder ? known.olderCursor : fresh.olderCursor,
  }
}

export type ThreadRow =
  { kind: 'day'; key: string; at: string } | { kind: 'message'; key: string; message: MessageView; joined: boolean }

const JOIN_MS = 3 * 60_000

/** Messages with a line before each new day. `joined`: by the same hand soon after the one above, so its head is not repeated. */
export function threadRows(messages: readonly MessageView[]): ThreadRow[] {
  const rows: ThreadRow[] = []
  let before: MessageView | null = null
  for (const message of messages) {
    const newDay = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString()
    if (newDay) rows.push({ kind: 'day', key: `day ${message.id}`, at: message.at })
    rows.push({ kind: 'message', key: message.id, message, joined: !newDay && before !== null && joins(before, message) })
    before = message
  }
  return rows
}

function joins(before: MessageView, message: MessageView): boolean {
  if (before.kind !== message.kind || before.author.kind !== message.author.kind) return false
  if (before.author.kind === 'system' || message.author.kind === 'system' || before.author.id !== message.author.id) return false
  return Date.parse(message.at) - Date.parse(before.at) < JOIN_MS
}

export type TextPiece =
  { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string } | { kind: 'hit'; text: string }

const LINK = /\b(?:https?:\/\/[^\s<>"'«»]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/gu
const TRAILING = /[.,;:!?)\]}'"»…]+$/u

/** Plain text with its addresses made into links; nothing is ever made into HTML. */
export function linkPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  for (const match of text.matchAll(LINK)) {
    const found = match[0].replace(TRAILING, '')
    if (found === '') continue
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) })
    pieces.push({ kind: 'link', text: found, href: /^https?:/u.test(found) ? found : `mailto:${found}` })
    end = match.index + found.length
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) })
  return pieces
}

/** An excerpt of the search: what matched stands between U+2068 and U+2069. */
export function excerptPieces(excerpt: string): TextPiece[] {
  return excerpt
    .split(/(\u2068[^\u2069]*\u2069)/u)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('\u2068') ? { kind: 'hit', text: part.slice(1, -1) } : { kind: 'text', text: part }))
}

/** Own words and quoted words of a message. */
export function splitQuote(text: string, quoteFrom: number | null): { own: string; quoted: string } {
  if (quoteFrom === null) return { own: text, quoted: '' }
  return { own: text.slice(0, quoteFrom).trimEnd(), quoted: text.slice(quoteFrom).trim() }
}
