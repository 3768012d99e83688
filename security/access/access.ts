import type { Permission, Role } from '@oco/contract/names'

/** Whoever asks. `permissions` are settled when the actor is made, so that a question costs one look into a set. */
export type Actor =
  | {
      readonly kind: 'person'
      readonly personId: string
      readonly role: Role
      readonly sessionId: string
      readonly csrfToken: string
      readonly permissions: ReadonlySet<Permission>
    }
  | {
      readonly kind: 'token'
      readonly tokenId: string
      readonly channelId: string
      readonly permissions: ReadonlySet<Permission>
    }
  | { readonly kind: 'anonymous'; readonly permissions: ReadonlySet<Permission> }
  | { readonly kind: 'system'; readonly permissions: ReadonlySet<Permission> }

/** What anybody may ask for who reaches the address: the door, the wizard (which its one-time code guards) and the web chat. */
const OPEN: readonly Permission[] = ['public', 'setup', 'webchat.visit']

const AGENT: readonly Permission[] = [
  'session.own',
  'desk.work',
  'conversation.read',
  'conversation.reply',
  'conversation.note',
  'work_item.handle',
  'agent_state.own',
  'contact.change',
  'search',
]

/**
 * Deny by default: a role has what stands here and nothing else. The administrator does not read conversations, and the security
 * officer, who reads the audit, changes nothing.
 */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  agent: AGENT,
  supervisor: [...AGENT, 'conversation.read_all', 'work_item.assign', 'agent_state.change', 'board.read', 'contact.erase'],
  administrator: [
    'session.own',
    'people.manage',
    'queues.manage',
    'channels.manage',
    'settings.manage',
    'tokens.manage',
    'board.read',
  ],
  security_officer: ['session.own', 'audit.read', 'crypto.read'],
}

const setOf = (...permissions: readonly Permission[]): ReadonlySet<Permission> => new Set([...OPEN, ...permissions])

const OF_ROLE: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  agent: setOf(...ROLE_PERMISSIONS.agent),
  supervisor: setOf(...ROLE_PERMISSIONS.supervisor),
  administrator: setOf(...ROLE_PERMISSIONS.administrator),
  security_officer: setOf(...ROLE_PERMISSIONS.security_officer),
}

export const permissionsOf = (role: Role): ReadonlySet<Permission> => OF_ROLE[role]

/** What an API token may do. It is not a person: nothing of a person's own is open to it. */
export const TOKEN_PERMISSIONS: ReadonlySet<Permission> = setOf('intake.create')

export const ANONYMOUS: Actor = { kind: 'anonymous', permissions: setOf() }

/** Nobody signed in, but asking from this host or a trusted proxy: may read the figures as well. */
export const NEIGHBOUR: Actor = { kind: 'anonymous', permissions: setOf('metrics.read') }

export const can = (actor: Actor, permission: Permission): boolean => actor.permissions.has(permission)
