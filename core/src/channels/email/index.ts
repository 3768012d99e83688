export { createEmailAdapter } from './adapter.ts'
export { createLmtpListener, type LmtpListener } from './lmtp-listener.ts'
