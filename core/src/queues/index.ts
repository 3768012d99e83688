export { findQueue, type KnownQueue } from './queue-store.ts'
export { addDisposition, addQueue, addSkill, createQueues, type Queues } from './queues-service.ts'
export { queueRoutes } from './routes.ts'
