import { changeContact } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import { changeContactAs, type ContactServiceOptions } from './contact-service.ts'

export const contactRoutes = (options: ContactServiceOptions): Route[] => [
  route(changeContact, (call) => changeContactAs(options, call, call.params.id, call.body)),
]
