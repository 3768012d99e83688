export { setupRoutes } from './routes.ts'
export { createSetupCode, type SetupCode } from './setup-code.ts'
export { setupState } from './setup-service.ts'
