import { agentDesk } from './agent/index.ts'
import type { Desk } from './desk.ts'

/** In the order of the rail; the first one that a person may see is where the person lands. */
export const DESKS: readonly Desk[] = [agentDesk]
