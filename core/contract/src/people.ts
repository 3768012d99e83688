import { z } from 'zod'
import { byId, id, instant, name, version } from './common.ts'
import { endpoint } from './endpoint.ts'
import { ROLES } from './names.ts'
import { locale, login, password } from './session.ts'

export const CAPACITY_MIN = 10
export const CAPACITY_MAX = 1_000

export const personView = z.object({
  id,
  login: z.string(),
  displayName: name,
  role: z.enum(ROLES),
  locale,
  blocked: z.boolean(),
  queueIds: z.array(id),
  skillIds: z.array(id),
  capacityLimit: z.int(),
  lastSessionAt: instant.nullable(),
  version,
})
export type PersonView = z.output<typeof personView>

const personFields = z.object({
  displayName: name,
  role: z.enum(ROLES),
  locale,
  queueIds: z.array(id).max(200),
  skillIds: z.array(id).max(200),
  capacityLimit: z.int().min(CAPACITY_MIN).max(CAPACITY_MAX),
})

export const listPeople = endpoint({
  method: 'GET',
  path: '/api/v1/people',
  summary: 'Everybody who can sign in',
  permission: 'people.manage',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(personView) }),
  errors: [],
})

export const createPerson = endpoint({
  method: 'POST',
  path: '/api/v1/people',
  summary: 'Add a person with a first password',
  permission: 'people.manage',
  audit: 'person.created',
  request: {
    body: personFields.partial({ locale: true, queueIds: true, skillIds: true, capacityLimit: true }).extend({ login, password }),
  },
  response: personView,
  errors: ['login_taken', 'weak_password', 'invalid_input'],
})

export const changePerson = endpoint({
  method: 'PATCH',
  path: '/api/v1/people/:id',
  summary: "Change a person's name, role, queues, skills, capacity, password, or block the person",
  permission: 'people.manage',
  audit: 'person.changed',
  request: {
    params: byId,
    body: personFields.partial().extend({ blocked: z.boolean().optional(), password: password.optional(), version }),
  },
  response: personView,
  errors: ['not_found', 'version_conflict', 'weak_password', 'invalid_input', 'last_administrator'],
})
