import { ApiProblem } from '../api/problem.ts'
import type { Faults } from './rules.ts'

/** Which field a code of the server belongs to: `{ login_taken: 'login' }`. */
export type FieldOfCode = Readonly<Record<string, string>>

/** The server names a field `body.settings.imap.host`; what is wrong with it is a word of the catalogue, or English for programs. */
export function faultsOfProblem(error: unknown, fieldOfCode: FieldOfCode = {}): Faults {
  if (!(error instanceof ApiProblem)) return {}
  const named = Object.entries(error.fields)
    .filter(([place]) => place.startsWith('body.'))
    .map(
      ([place, fault]) =>
        [place.slice('body.'.length), { key: /^[a-z_]+$/.test(fault) ? fault : 'refused', code: error.code }] as const,
    )
  if (named.length > 0) return Object.fromEntries(named)
  const field = fieldOfCode[error.code]
  return field ? { [field]: { key: error.code } } : {}
}
