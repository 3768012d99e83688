export { addressOf, contactView, resolveContact, type ResolvedContact } from './contact-store.ts'
export { contactRoutes } from './routes.ts'
