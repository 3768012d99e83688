import { SUBJECT_LENGTH_MAX } from '@oco/contract'

const PREVIEW_LENGTH_MAX = 160

/** The first words that are the writer's own, on one line. */
export const previewOf = (text: string, quoteFrom: number | null): string => {
  const own = (quoteFrom === null ? text : text.slice(0, quoteFrom)).replace(/\s+/g, ' ').trim()
  const line = own === '' ? text.replace(/\s+/g, ' ').trim() : own
  return [...line].slice(0, PREVIEW_LENGTH_MAX).join('')
}

/** A subject without the marks that answering adds, so that a thread keeps one name. */
export const plainSubject = (subject: string): string => {
  let plain = subject.replace(/\s+/g, ' ').trim()
  for (;;) {
    const next = plain.replace(/^(re|fwd?|ответ|отв|пересл|ha|aw)(\[\d+\])?\s*:\s*/iu, '').replace(/^\[#\d+\]\s*/u, '')
    if (next === plain) break
    plain = next
  }
  return [...plain.replace(/\s*\[#\d+\]$/u, '')].slice(0, SUBJECT_LENGTH_MAX).join('')
}

/** What becomes of a message from outside, from the state of its conversation's latest work item. */
export type Continuation =
  /** Goes on in the open item. */
  | { readonly kind: 'append' }
  /** Goes on as a linked item: soon after the resolution. */
  | { readonly kind: 'reopen'; readonly from: string }
  /** Goes on without work: an automatic message on something that is resolved. */
  | { readonly kind: 'append_only' }
  /** Too long after: a conversation of its own. */
  | { readonly kind: 'start' }

export interface LatestWork {
  readonly id: string
  readonly open: boolean
  readonly resolvedAt: Date | null
}

const DAY_MS = 86_400_000

/** `work` is null where the conversation never had any. The window's end is outside of it. */
export const continuationOf = (input: {
  readonly work: LatestWork | null
  readonly automatic: boolean
  readonly reopenWindowDays: number
  readonly now: Date
}): Continuation => {
  const { work, automatic, reopenWindowDays, now } = input
  if (work === null || work.open) return { kind: 'append' }
  if (automatic) return { kind: 'append_only' }
  const endsMs = (work.resolvedAt?.getTime() ?? 0) + reopenWindowDays * DAY_MS
  return now.getTime() < endsMs ? { kind: 'reopen', from: work.id } : { kind: 'start' }
}
