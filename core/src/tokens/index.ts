export { tokenRoutes } from './routes.ts'
export { createTokens, type Tokens } from './tokens-service.ts'
