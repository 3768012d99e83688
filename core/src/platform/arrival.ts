import type { Actor, Origin } from '@oco/security'

/** What is known of a request before anybody is asked who sent it. */
export interface Knock {
  readonly requestId: string
  readonly address: string | null
  readonly secure: boolean
}

/** What is known of a request before its endpoint is. */
export interface Arrival extends Knock {
  readonly actor: Actor
  readonly by: Origin
}
