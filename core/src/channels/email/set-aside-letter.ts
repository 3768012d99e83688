import type { SetAsideReason } from '@oco/contract/names'
import type { SetAside } from '../channel.ts'
import { identityOf } from './letter-identity.ts'

export const asideOf = (raw: Buffer, reason: SetAsideReason): SetAside => ({
  ...identityOf(raw),
  reason,
  sizeBytes: raw.length,
  raw,
})
