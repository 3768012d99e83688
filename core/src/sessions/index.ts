export { sessionRoutes } from './routes.ts'
export {
  createSessions,
  endSessionsOf,
  purgeExpired,
  type EndReason,
  type Sessions,
  type SessionsDeps,
} from './sessions-service.ts'
