import { administratorDesk } from './administrator/index.ts'
import { agentDesk } from './agent/index.ts'
import type { Desk } from './desk.ts'
import { securityOfficerDesk } from './security-officer/index.ts'
import { supervisorDesk } from './supervisor/index.ts'

/** In the order of the rail; the first one that a person may see is where the person lands. */
export const DESKS: readonly Desk[] = [administratorDesk, securityOfficerDesk, supervisorDesk, agentDesk]
