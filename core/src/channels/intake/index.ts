export { createIntakeChannel, type Intake, type IntakeDeps } from './adapter.ts'
export type { IntakeRequests, StoredRequest } from './requests.ts'
