/**
 * What a form can say about its fields before it is sent. A fault is a key under `form.` in the page's words, with its figures. The
 * server's contract decides; these only spare a round trip, and rules.test.ts holds them to the contract.
 */
export interface Fault {
  readonly key: string
  readonly figures?: Readonly<Record<string, number>>
  /** Code of the server's refusal, whose words serve where there are none for the key. */
  readonly code?: string
}
/** Faults by field; a field without one has no entry. */
export type Faults = Readonly<Record<string, Fault>>
type Rule = (value: string) => Fault | null

export const NAME_LENGTH_MAX = 120
export const PASSWORD_LENGTH_MIN = 12

const LOGIN = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{1,79}$/u
const EMAIL = /^[^\s@,;<>"]+@[^\s@,;<>".]+(\.[^\s@,;<>".]+)+$/
const HOST_LENGTH_MAX = 253

export const required: Rule = (value) => (value.trim() ? null : { key: 'required' })

export const name: Rule = (value) => required(value) ?? (value.trim().length > NAME_LENGTH_MAX ? tooLong(NAME_LENGTH_MAX) : null)

export const login: Rule = (value) => required(value) ?? (LOGIN.test(value.trim()) ? null : { key: 'login' })

/** Characters, not UTF-16 units: an emoji is one. */
export const password: Rule = (value) =>
  required(value) ??
  ([...value].length < PASSWORD_LENGTH_MIN ? { key: 'too_short', figures: { min: PASSWORD_LENGTH_MIN } } : null)

export const email: Rule = (value) => required(value) ?? (EMAIL.test(value.trim()) ? null : { key: 'email' })

export const host: Rule = (value) =>
  required(value) ?? (/[\s/:]/.test(value.trim()) || value.length > HOST_LENGTH_MAX ? { key: 'host' } : null)

export const atMost =
  (length: number): Rule =>
  (value) =>
    value.length > length ? tooLong(length) : null

/** A whole number within limits; nothing is no number. */
export function within(value: number | null, min: number, max: number): Fault | null {
  if (value === null || Number.isNaN(value)) return { key: 'required' }
  return Number.isInteger(value) && value >= min && value <= max ? null : { key: 'within', figures: { min, max } }
}

export const port = (value: number | null): Fault | null => within(value, 1, 65_535)

/** An origin and nothing after it: scheme, host, port. */
export const origin: Rule = (value) => {
  const parsed = URL.canParse(value) ? new URL(value) : null
  const plain =
    parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:') && parsed.origin === value.replace(/\/$/, '')
  return plain ? null : { key: 'origin' }
}

/** Only the fields that are wrong. */
export function faultsOf(checked: Readonly<Record<string, Fault | null>>): Faults {
  return Object.fromEntries(Object.entries(checked).filter((entry): entry is [string, Fault] => entry[1] !== null))
}

const tooLong = (max: number): Fault => ({ key: 'too_long', figures: { max } })
