import type { Endpoints, QueueView, SentTo } from '@oco/contract'
import { faultsOf, name, type Fault, type Faults } from '../../kit/rules.ts'

export const OFFER_TIMEOUT_MS_MIN = 5_000
export const OFFER_TIMEOUT_MS_MAX = 600_000
export const TARGET_MS_MAX = 90 * 86_400_000
const TARGET_MS_MIN = 1_000
/** 5 is served first. */
export const PRIORITIES = [5, 4, 3, 2, 1] as const

export interface QueueForm {
  name: string
  priority: number
  skillId: string | null
  /** Lengths are null while their field is empty. */
  offerTimeoutMs: number | null
  firstReplyTargetMs: number | null
  resolutionTargetMs: number | null
}

export const emptyQueue = (): QueueForm => ({
  name: '',
  priority: 3,
  skillId: null,
  offerTimeoutMs: 30_000,
  firstReplyTargetMs: 15 * 60_000,
  resolutionTargetMs: 24 * 3_600_000,
})

export const queueFormOf = (queue: QueueView): QueueForm => ({
  name: queue.name,
  priority: queue.priority,
  skillId: queue.skillId,
  offerTimeoutMs: queue.offerTimeoutMs,
  firstReplyTargetMs: queue.firstReplyTargetMs,
  resolutionTargetMs: queue.resolutionTargetMs,
})

export function queueFaults(form: QueueForm): Faults {
  return faultsOf({
    name: name(form.name),
    offerTimeoutMs:
      form.offerTimeoutMs === null
        ? { key: 'required' }
        : length(form.offerTimeoutMs, OFFER_TIMEOUT_MS_MIN, OFFER_TIMEOUT_MS_MAX),
    firstReplyTargetMs: length(form.firstReplyTargetMs, TARGET_MS_MIN, TARGET_MS_MAX),
    resolutionTargetMs:
      length(form.resolutionTargetMs, TARGET_MS_MIN, TARGET_MS_MAX) ?? order(form.firstReplyTargetMs, form.resolutionTargetMs),
  })
}

const length = (ms: number | null, min: number, max: number): Fault | null =>
  ms === null || (Number.isInteger(ms) && ms >= min && ms <= max) ? null : { key: 'length', figures: { min, max } }

/** The server takes it, but nobody means to resolve a request before answering it. */
const order = (firstReplyMs: number | null, resolutionMs: number | null): Fault | null =>
  firstReplyMs !== null && resolutionMs !== null && resolutionMs < firstReplyMs ? { key: 'before_reply' } : null

export const newQueue = (form: QueueForm): SentTo<Endpoints['createQueue']>['body'] => ({
  ...form,
  offerTimeoutMs: form.offerTimeoutMs ?? undefined,
})

/** Only what differs, so that the audit names what was really changed; null where nothing does. */
export function queueChange(before: QueueView, form: QueueForm): SentTo<Endpoints['changeQueue']>['body'] | null {
  const change = {
    ...(form.name.trim() !== before.name && { name: form.name }),
    ...(form.priority !== before.priority && { priority: form.priority }),
    ...(form.skillId !== before.skillId && { skillId: form.skillId }),
    ...(form.offerTimeoutMs !== null && form.offerTimeoutMs !== before.offerTimeoutMs && { offerTimeoutMs: form.offerTimeoutMs }),
    ...(form.firstReplyTargetMs !== before.firstReplyTargetMs && { firstReplyTargetMs: form.firstReplyTargetMs }),
    ...(form.resolutionTargetMs !== before.resolutionTargetMs && { resolutionTargetMs: form.resolutionTargetMs }),
  }
  return Object.keys(change).length > 0 ? { ...change, version: before.version } : null
}
