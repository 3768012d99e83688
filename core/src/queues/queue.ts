import type { QueueView } from '@oco/contract'

/** What one may set about a queue. */
export type QueueFields = Pick<
  QueueView,
  'name' | 'priority' | 'skillId' | 'offerTimeoutMs' | 'firstReplyTargetMs' | 'resolutionTargetMs'
>
export type QueueChange = { readonly [K in keyof QueueFields]?: QueueFields[K] | undefined }

export const PRIORITY_DEFAULT = 3
export const OFFER_TIMEOUT_MS_DEFAULT = 30_000

export const newQueue = ({ name, ...given }: QueueChange & { readonly name: string }): QueueFields => ({
  name,
  priority: given.priority ?? PRIORITY_DEFAULT,
  skillId: given.skillId ?? null,
  offerTimeoutMs: given.offerTimeoutMs ?? OFFER_TIMEOUT_MS_DEFAULT,
  firstReplyTargetMs: given.firstReplyTargetMs ?? null,
  resolutionTargetMs: given.resolutionTargetMs ?? null,
})

const FIELDS = ['name', 'priority', 'skillId', 'offerTimeoutMs', 'firstReplyTargetMs', 'resolutionTargetMs'] as const

/** What a change comes to, and the names of the fields in which it differs. */
export const applyChange = (before: QueueFields, change: QueueChange): { next: QueueFields; changed: (keyof QueueFields)[] } => {
  const { name, priority, skillId, offerTimeoutMs, firstReplyTargetMs, resolutionTargetMs } = change
  const next: QueueFields = {
    name: name ?? before.name,
    priority: priority ?? before.priority,
    skillId: skillId === undefined ? before.skillId : skillId,
    offerTimeoutMs: offerTimeoutMs ?? before.offerTimeoutMs,
    firstReplyTargetMs: firstReplyTargetMs === undefined ? before.firstReplyTargetMs : firstReplyTargetMs,
    resolutionTargetMs: resolutionTargetMs === undefined ? before.resolutionTargetMs : resolutionTargetMs,
  }
  return { next, changed: FIELDS.filter((field) => next[field] !== before[field]) }
}
