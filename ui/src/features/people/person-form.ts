import type { PersonView, SentTo, Endpoints } from '@oco/contract'
import type { Role } from '@oco/contract/names'
import { faultsOf, login, name, password, within, type Faults } from '../../kit/rules.ts'

export const CAPACITY_MIN = 10
export const CAPACITY_MAX = 1_000
const CAPACITY_USUAL = 100

export interface PersonForm {
  login: string
  displayName: string
  role: Role
  locale: 'ru' | 'en'
  /** Empty on a person who is there already: the password stays. */
  password: string
  queueIds: readonly string[]
  skillIds: readonly string[]
  capacityLimit: number | null
  blocked: boolean
}

export const emptyPerson = (locale: 'ru' | 'en'): PersonForm => ({
  login: '',
  displayName: '',
  role: 'agent',
  locale,
  password: '',
  queueIds: [],
  skillIds: [],
  capacityLimit: CAPACITY_USUAL,
  blocked: false,
})

export const personFormOf = (person: PersonView): PersonForm => ({
  login: person.login,
  displayName: person.displayName,
  role: person.role,
  locale: person.locale,
  password: '',
  queueIds: person.queueIds,
  skillIds: person.skillIds,
  capacityLimit: person.capacityLimit,
  blocked: person.blocked,
})

/** Roles to whom items are offered; for the others queues, skills and capacity mean nothing. */
export const takesItems = (role: Role): boolean => role === 'agent' || role === 'supervisor'

export function personFaults(form: PersonForm, isNew: boolean): Faults {
  return faultsOf({
    login: isNew ? login(form.login) : null,
    displayName: name(form.displayName),
    password: isNew || form.password ? password(form.password) : null,
    capacityLimit: within(form.capacityLimit, CAPACITY_MIN, CAPACITY_MAX),
  })
}

export const newPerson = (form: PersonForm): SentTo<Endpoints['createPerson']>['body'] => ({
  login: form.login,
  displayName: form.displayName,
  role: form.role,
  locale: form.locale,
  password: form.password,
  queueIds: takesItems(form.role) ? [...form.queueIds] : [],
  skillIds: takesItems(form.role) ? [...form.skillIds] : [],
  capacityLimit: form.capacityLimit ?? CAPACITY_USUAL,
})

/** Only what differs, so that the audit names what was really changed; null where nothing does. */
export function personChange(before: PersonView, form: PersonForm): SentTo<Endpoints['changePerson']>['body'] | null {
  const works = takesItems(form.role)
  const [queueIds, skillIds] = [works ? [...form.queueIds] : [], works ? [...form.skillIds] : []]
  const change = {
    ...(form.displayName.trim() !== before.displayName && { displayName: form.displayName }),
    ...(form.role !== before.role && { role: form.role }),
    ...(form.locale !== before.locale && { locale: form.locale }),
    ...(!sameSet(queueIds, before.queueIds) && { queueIds }),
    ...(!sameSet(skillIds, before.skillIds) && { skillIds }),
    ...(form.capacityLimit !== null && form.capacityLimit !== before.capacityLimit && { capacityLimit: form.capacityLimit }),
    ...(form.blocked !== before.blocked && { blocked: form.blocked }),
    ...(form.password && { password: form.password }),
  }
  return Object.keys(change).length > 0 ? { ...change, version: before.version } : null
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one) => b.includes(one))

/** Every word must be found in the name or the login. */
export function personMatches(person: PersonView, words: string): boolean {
  const where = `${person.displayName} ${person.login}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word))
}
