import { combine, split } from 'shamir-secret-sharing'
import { CryptoError } from '../gost/crypto-error.ts'
import type { Crypto } from '../gost/crypto.ts'
import { bytesOf, importKey, KEY_BYTES, type SecretKey } from '../gost/secret-key.ts'

/**
 * A key in shares, for safes: any `needed` of them make the key, and fewer tell nothing of it (Shamir over GF(2^8)). A share is a line to be
 * printed, read and typed: `OCO1-<set>-<needed>` and groups of four signs of Crockford's base 32, the last of which are a check.
 */
const PREFIX = 'OCO1'
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUP = 4
const SUM_BYTES = 3
const SET_LENGTH = 4
export const SHARES_MAX = 16

export interface ShareSplit {
  readonly shares: number
  readonly needed: number
}

/** Throws `limit_exceeded` where the numbers make no sense. `set` is told by the key, so that shares of two keys are not mixed. */
export const splitKey = async (
  crypto: Pick<Crypto, 'operation'>,
  key: SecretKey,
  { shares, needed }: ShareSplit,
): Promise<string[]> => {
  if (!Number.isInteger(needed) || !Number.isInteger(shares) || needed < 2 || needed > shares || shares > SHARES_MAX) {
    throw new CryptoError('limit_exceeded', `2 to ${String(SHARES_MAX)} shares, of which at least 2 are needed`)
  }
  const secret = bytesOf(key)
  const set = toBase32(digest(crypto, Buffer.concat([Buffer.from('set'), secret]))).slice(0, SET_LENGTH)
  const parts = await split(Uint8Array.from(secret), shares, needed)
  return parts.map((part) => {
    const head = headOf(set, needed)
    const sum = digest(crypto, Buffer.concat([Buffer.from(head), part])).subarray(0, SUM_BYTES)
    return `${head} ${grouped(toBase32(Buffer.concat([part, sum])))}`
  })
}

/**
 * The key of so many shares, in any order, with or without spaces, small letters too. Throws `unknown_format` for a share with a slip
 * in it (which one, its detail says), `key_of_another_kind` for shares of two keys, `limit_exceeded` for too few.
 */
export const joinKey = async (crypto: Pick<Crypto, 'operation'>, lines: readonly string[]): Promise<SecretKey> => {
  const shares = lines.map((line, index) => shareOf(crypto, line, index + 1))
  const [first] = shares
  if (first === undefined) throw new CryptoError('limit_exceeded', 'there is no share')
  if (shares.some(({ head }) => head !== first.head)) throw new CryptoError('key_of_another_kind', 'shares of two keys')
  const distinct = new Map(shares.map(({ part }) => [part.at(-1), part]))
  if (distinct.size < first.needed) {
    throw new CryptoError(
      'limit_exceeded',
      `${String(first.needed)} different shares are needed, ${String(distinct.size)} are here`,
    )
  }
  const secret = await combine([...distinct.values()].map((part) => Uint8Array.from(part)))
  const key = importKey(secret)
  secret.fill(0)
  return key
}

interface Share {
  readonly head: string
  readonly needed: number
  readonly part: Uint8Array
}

const shareOf = (crypto: Pick<Crypto, 'operation'>, line: string, number: number): Share => {
  const wrong = (): never => {
    throw new CryptoError('unknown_format', `share ${String(number)} has a slip in it`)
  }
  const match = /^OCO1-([0-9A-Z]{4})-(\d{2})([0-9A-Z]+)$/.exec(line.toUpperCase().replaceAll(/\s/g, ''))
  const [, set = '', needed = '', signs = ''] = match ?? wrong()
  const head = headOf(asMeant(set), Number(needed))
  const meant = asMeant(signs)
  const bytes = fromBase32(meant) ?? wrong()
  const [part, sum] = [bytes.subarray(0, KEY_BYTES + 1), bytes.subarray(KEY_BYTES + 1)]
  const expected = digest(crypto, Buffer.concat([Buffer.from(head), part])).subarray(0, SUM_BYTES)
  const isWhole = bytes.length === KEY_BYTES + 1 + SUM_BYTES && toBase32(bytes) === meant
  if (!isWhole || Buffer.compare(sum, expected) !== 0) wrong()
  return { head, needed: Number(needed), part }
}

/** Two digits, so that it ends where the signs begin even where somebody types no space. */
const headOf = (set: string, needed: number): string => `${PREFIX}-${set}-${String(needed).padStart(2, '0')}`

/** Signs that are read for others (Crockford): they are not in the alphabet. */
const asMeant = (signs: string): string => signs.replaceAll('O', '0').replaceAll(/[IL]/g, '1')

const digest = (crypto: Pick<Crypto, 'operation'>, bytes: Uint8Array): Buffer => {
  const hash = crypto.operation('streebog-256').start()
  hash.update(bytes)
  return Buffer.from(hash.finish())
}

const grouped = (signs: string): string => (signs.match(new RegExp(`.{1,${String(GROUP)}}`, 'g')) ?? []).join(' ')

const toBase32 = (bytes: Uint8Array): string => {
  let signs = ''
  for (let bit = 0; bit < 8 * bytes.length; bit += 5) {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    signs += ALPHABET.charAt((pair >> (11 - (bit & 7))) & 31)
  }
  return signs
}

const fromBase32 = (signs: string): Buffer | null => {
  const bytes = Buffer.alloc((signs.length * 5) >> 3)
  for (const [position, sign] of [...signs].entries()) {
    const value = ALPHABET.indexOf(sign)
    if (value < 0) return null
    for (let bit = 0; bit < 5; bit++) {
      const at = 5 * position + bit
      if (at < 8 * bytes.length) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((value >> (4 - bit)) & 1) << (7 - (at & 7)))
    }
  }
  return bytes
}
