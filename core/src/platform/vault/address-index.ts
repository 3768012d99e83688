import { normalised, type Address } from '../../kernel/address.ts'
import type { EpochIndex } from './indexes.ts'

type Named = Pick<Address, 'kind' | 'value'>

/** Beginnings of an address by which it is searched: shorter ones say too little, longer ones are cut. */
const [ADDRESS_PREFIX_MIN, ADDRESS_PREFIX_MAX] = [3, 32]
/** The same of each word of a name. */
const [NAME_PREFIX_MIN, NAME_PREFIX_MAX] = [2, 16]

/** What an address is found by, as in `contact_address.lookup`. */
export const addressLookup = (index: EpochIndex, address: Named): Buffer =>
  index.lookup('addresses', `${address.kind}:${normalised(address)}`)

/** The beginnings of an address. A visit of the web chat is nothing that anybody types. */
export const addressBeginnings = (address: Named): string[] =>
  address.kind === 'visitor' ? [] : beginningsOf(normalised(address).toLowerCase(), ADDRESS_PREFIX_MIN, ADDRESS_PREFIX_MAX)

/** What was typed, as beginnings of addresses, any of which will do; none where it is too short. */
export const typedAddresses = (typed: string): string[] => {
  const words = typed.trim().toLowerCase()
  const forms = [words, ...(/^\+?[\d\s()-]+$/.test(words) ? typedPhones(words.replace(/\D/g, '')) : [])]
  return [...new Set(forms)].filter((form) => form.length >= ADDRESS_PREFIX_MIN).map((form) => form.slice(0, ADDRESS_PREFIX_MAX))
}

/** A number may be typed with Russia's 8 in front long before it is whole. */
const typedPhones = (digits: string): string[] => (digits.startsWith('8') ? [digits, `7${digits.slice(1)}`] : [digits])

/** The beginnings of the words of a name. */
export const nameBeginnings = (name: string): Set<string> =>
  new Set(partsOf(name).flatMap((part) => beginningsOf(part, NAME_PREFIX_MIN, NAME_PREFIX_MAX)))

/** What was typed, as beginnings of words of a name; all of them must be in it. */
export const typedNames = (typed: string): string[] =>
  partsOf(typed)
    .filter((part) => part.length >= NAME_PREFIX_MIN)
    .map((part) => part.slice(0, NAME_PREFIX_MAX))

const beginningsOf = (whole: string, min: number, max: number): string[] => {
  const beginnings: string[] = []
  for (let length = min; length <= Math.min(whole.length, max); length++) beginnings.push(whole.slice(0, length))
  return beginnings
}

/** Letters of both sizes are the same, and so are е and ё. */
const partsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .normalize('NFC')
    .replaceAll('ё', 'е')
    .match(/[\p{L}\p{N}]+/gu) ?? []
