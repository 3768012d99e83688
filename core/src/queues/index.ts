export { findQueue, type KnownQueue } from './queue-store.ts'
export { createQueues, type Queues } from './queues-service.ts'
export { queueRoutes } from './routes.ts'
