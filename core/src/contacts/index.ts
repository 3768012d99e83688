export { addressOf, contactView, findContact, makeContact, resolveContact, type ResolvedContact } from './contact-store.ts'
export { forgetContact, lockToErase, type ToErase } from './erasure-store.ts'
export { reindexAddresses, reindexContacts, sealOldAddresses, sealOldContacts } from './sealing-store.ts'
export { contactRoutes } from './routes.ts'
