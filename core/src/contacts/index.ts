export { addressOf, contactView, findContact, makeContact, resolveContact, type ResolvedContact } from './contact-store.ts'
export { contactRoutes } from './routes.ts'
