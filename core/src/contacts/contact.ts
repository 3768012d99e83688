import type { Address } from '../kernel/address.ts'

const NAME_LENGTH_MAX = 120

/** What a new contact is called until somebody corrects it. */
export const nameFor = (from: Address): string => {
  const given = from.displayName?.trim() ?? ''
  const name = given === '' ? (from.kind === 'email' ? (from.value.split('@')[0] ?? '') : from.value) : given
  return [...name].slice(0, NAME_LENGTH_MAX).join('')
}
