import type { Actor, Origin } from '@oco/security'

/** What is known of a request before its endpoint is. */
export interface Arrival {
  readonly requestId: string
  readonly address: string | null
  readonly secure: boolean
  readonly actor: Actor
  readonly by: Origin
}
