import { may } from '../api/session.ts'
import { DESKS } from './index.ts'

/** Where a person lands: the first desk that is open to the person. */
export const homePath = (): string => DESKS.find((desk) => may(desk.permission))?.path ?? '/'
