import type { SetAside } from '../channel.ts'
import { identityOf } from './letter-identity.ts'
import type { SetAsideReason } from './limits.ts'

export const asideOf = (raw: Buffer, reason: SetAsideReason): SetAside => ({
  ...identityOf(raw),
  reason,
  sizeBytes: raw.length,
  raw,
})
