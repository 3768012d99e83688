import { randomBytes } from 'node:crypto'
import { CryptoError } from '../gost/crypto-error.ts'
import type { Crypto } from '../gost/crypto.ts'
import { importKey, KEY_BYTES, type SecretKey } from '../gost/secret-key.ts'

const SALT_BYTES = 32
/** About a second and a half of one core. */
export const PASSPHRASE_ROUNDS = 100_000
export const PASSPHRASE_LENGTH_MIN = 12

/** What a file says of how its key comes of the passphrase. */
export interface Salting {
  /** In hexadecimal. */
  readonly salt: string
  readonly rounds: number
}

type CryptoOfPassphrases = Pick<Crypto, 'operation'>

/** Throws `invalid_length` for one that is too short. */
export const newPassphraseKey = async (
  crypto: CryptoOfPassphrases,
  { passphrase, rounds = PASSPHRASE_ROUNDS }: { readonly passphrase: string; readonly rounds?: number },
): Promise<{ readonly key: SecretKey; readonly salting: Salting }> => {
  if (passphrase.length < PASSPHRASE_LENGTH_MIN) {
    throw new CryptoError('invalid_length', `a passphrase has at least ${String(PASSPHRASE_LENGTH_MIN)} characters`)
  }
  const salting = { salt: randomBytes(SALT_BYTES).toString('hex'), rounds }
  return { key: await passphraseKey(crypto, passphrase, salting), salting }
}

/** One person types a letter with its accent in one sign and another in two: both are the same passphrase (NFKC, RFC 8265). */
export const passphraseKey = async (
  crypto: CryptoOfPassphrases,
  passphrase: string,
  { salt: hex, rounds }: Salting,
): Promise<SecretKey> => {
  const password = Buffer.from(passphrase.normalize('NFKC'))
  const salt = Buffer.from(hex, 'hex')
  if (salt.length !== SALT_BYTES) throw new CryptoError('unknown_format', 'the salt of a passphrase is broken')
  const derived = await crypto.operation('pbkdf2-streebog-512').derive({ password, salt, rounds, bytes: KEY_BYTES })
  password.fill(0)
  const key = importKey(derived)
  derived.fill(0)
  return key
}

/** As a file has it; whatever is wrong with it, the derivation refuses. */
export const saltingOf = (fields: Readonly<Record<string, unknown>>): Salting => ({
  salt: String(fields['salt']),
  rounds: Number(fields['rounds']),
})
