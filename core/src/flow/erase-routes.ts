import { eraseContact as eraseContactEndpoint } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import { eraseContact, type EraseContact } from './erase-contact.ts'

export const eraseRoutes = (deps: EraseContact): Route[] => [
  route(eraseContactEndpoint, ({ params, actor, by }) => eraseContact(deps, { actor, by }, params.id)),
]
