import type { SetAside } from '../channel.ts'
import { headEndOf, headerOf } from './letter-scan.ts'
import { idOfBytes, messageIdOf } from './letter-thread.ts'
import type { SetAsideReason } from './limits.ts'

/** The letter's first header block, as bytes in a string. */
export const rootHead = (raw: Buffer): string => raw.toString('latin1', 0, headEndOf(raw, 0))

/** The letter's id by which a repeat is recognised, from its first header block; cheap and never failing. */
export const externalIdOf = (raw: Buffer): string => messageIdOf(headerOf(rootHead(raw), 'message-id')) ?? idOfBytes(raw)

export const asideOf = (raw: Buffer, reason: SetAsideReason): SetAside => ({
  externalId: externalIdOf(raw),
  reason,
  sizeBytes: raw.length,
  raw,
})
