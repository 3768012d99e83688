import { Failure } from '../kernel/errors.ts'

/** A place in a list that is ordered by a moment and an id, so that rows of one moment are neither lost nor repeated. */
export interface TimePlace {
  readonly at: Date
  readonly id: string
}

export const timeCursor = ({ at, id }: TimePlace): string => Buffer.from(`${at.toISOString()} ${id}`).toString('base64url')

/** Throws `invalid_input` for anything that `timeCursor` did not make. */
export const parseTimeCursor = (cursor: string): TimePlace => {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  const moment = new Date(at)
  if (Number.isNaN(moment.getTime()) || !/^[0-9a-f-]{36}$/.test(id)) {
    throw new Failure('invalid_input', { fields: { 'query.cursor': 'not a cursor of this list' } })
  }
  return { at: moment, id }
}
