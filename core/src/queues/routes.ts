import {
  changeQueue,
  createDisposition,
  createQueue,
  createSkill,
  listDispositions,
  listQueues,
  listSkills,
  removeDisposition,
  removeQueue,
  removeSkill,
} from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import type { Queues } from './queues-service.ts'

export const queueRoutes = (queues: Queues): Route[] => [
  route(listQueues, async () => ({ rows: await queues.list() })),
  route(createQueue, ({ by, body }) => queues.create(by, body)),
  route(changeQueue, ({ by, params, body }) => queues.change(by, params.id, body)),
  route(removeQueue, ({ by, params }) => queues.remove(by, params.id)),
  route(listSkills, async () => ({ rows: await queues.listSkills() })),
  route(createSkill, ({ by, body }) => queues.createSkill(by, body.name)),
  route(removeSkill, ({ by, params }) => queues.removeSkill(by, params.id)),
  route(listDispositions, async () => ({ rows: await queues.listDispositions() })),
  route(createDisposition, ({ by, body }) => queues.createDisposition(by, body.name)),
  route(removeDisposition, ({ by, params }) => queues.removeDisposition(by, params.id)),
]
