import { changePerson, createPerson, listPeople } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import type { People } from './people-service.ts'

export const peopleRoutes = (people: People): Route[] => [
  route(listPeople, async () => ({ rows: await people.list() })),
  route(createPerson, (call) => people.create(call.by, call.body)),
  route(changePerson, (call) => people.change(call.by, call.params.id, call.body)),
]
