export { DEMO_LOGINS, DEMO_MAIL_ADDRESS, loadDemo } from './load-demo.ts'
export { createMailPeer, type MailPeer } from './mail-peer.ts'
export { demoRoutes } from './remove-demo.ts'
export { FRESH_LETTERS } from './scenarios.ts'
