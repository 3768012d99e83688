import type { PersonView, Role } from '@oco/contract'

/** Roles that serve customers: their people have a state, a capacity, queues and skills. */
export const isDeskRole = (role: Role): boolean => role === 'agent' || role === 'supervisor'

export const CAPACITY_DEFAULT = 100

const FIELDS = ['displayName', 'role', 'locale', 'queueIds', 'skillIds', 'capacityLimit', 'blocked'] as const
type Field = (typeof FIELDS)[number]

export type PersonState = Pick<PersonView, Field>
/** What is missing or undefined stays. */
export type PersonChange = { readonly [K in Field]?: PersonState[K] | undefined }

export interface PersonPlan {
  readonly next: PersonState
  /** Names of what really becomes another value. */
  readonly changed: readonly Field[]
  /** Somebody who may act as an administrator no longer may: another one must be left. */
  readonly losesAdministrator: boolean
  readonly leavesDesk: boolean
  /** Why the person's sessions end, where they do: rights are settled when a session starts. */
  readonly endsSessions: 'blocked' | 'role_changed' | null
}

/** Lists are sets: their order means nothing. Whoever does not serve customers is in no queue and has no skills. */
export const planChange = (before: PersonState, change: PersonChange): PersonPlan => {
  const role = change.role ?? before.role
  const desk = isDeskRole(role)
  const next: PersonState = {
    displayName: change.displayName ?? before.displayName,
    role,
    locale: change.locale ?? before.locale,
    queueIds: desk ? setOf(change.queueIds ?? before.queueIds) : [],
    skillIds: desk ? setOf(change.skillIds ?? before.skillIds) : [],
    capacityLimit: change.capacityLimit ?? before.capacityLimit,
    blocked: change.blocked ?? before.blocked,
  }
  const was = { ...before, queueIds: setOf(before.queueIds), skillIds: setOf(before.skillIds) }
  const isAdministrator = (person: PersonState): boolean => person.role === 'administrator' && !person.blocked
  const serves = (person: PersonState): boolean => isDeskRole(person.role) && !person.blocked
  return {
    next,
    changed: FIELDS.filter((field) => String(next[field]) !== String(was[field])),
    losesAdministrator: isAdministrator(before) && !isAdministrator(next),
    leavesDesk: serves(before) && !serves(next),
    endsSessions: next.blocked && !before.blocked ? 'blocked' : next.role !== before.role ? 'role_changed' : null,
  }
}

const setOf = (ids: readonly string[]): string[] => [...new Set(ids)].sort()
