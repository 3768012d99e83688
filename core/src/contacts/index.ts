export {
  addressOf,
  contactView,
  findContact,
  makeContact,
  resolveContact,
  sealOldAddresses,
  sealOldContacts,
  type ResolvedContact,
} from './contact-store.ts'
export { contactRoutes } from './routes.ts'
