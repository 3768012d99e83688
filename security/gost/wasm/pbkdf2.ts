import { CryptoError } from '../crypto-error.ts'
import type { PasswordKey } from '../operations.ts'
import type { GostModule } from './gost-module.ts'

type Input = Parameters<PasswordKey['derive']>[0]

const SUM_BYTES = 64
export const SALT_BYTES_MAX = 1024
export const PASSWORD_BYTES_MAX = 1024
export const ROUNDS_MAX = 10_000_000
export const DERIVED_BYTES_MAX = 1024

/** Throws `limit_exceeded`. */
export const checkPasswordInput = ({ password, salt, rounds, bytes }: Input): void => {
  const within = (value: number, max: number): boolean => Number.isInteger(value) && value >= 1 && value <= max
  const isFine =
    password.length <= PASSWORD_BYTES_MAX &&
    salt.length <= SALT_BYTES_MAX &&
    within(rounds, ROUNDS_MAX) &&
    within(bytes, DERIVED_BYTES_MAX)
  if (!isFine) throw new CryptoError('limit_exceeded', 'a password, salt, number of rounds or length beyond its limit')
}

/** PBKDF2 with HMAC-Streebog-512 (R 50.1.111-2016, RFC 9337, 3), in one go: for a thread of its own where the rounds are many. */
export const pbkdf2 = ({ run, at, put, take, clean }: GostModule, { password, salt, rounds, bytes }: Input): Uint8Array => {
  put(at.bound, password)
  run.hmac_set_key(at.key, SUM_BYTES, at.bound, password.length)
  clean(at.bound, password.length)
  const out = new Uint8Array(bytes)
  for (let from = 0, index = 1; from < bytes; from += SUM_BYTES, index++) {
    const seed = Buffer.alloc(salt.length + 4)
    seed.set(salt)
    seed.writeUInt32BE(index, salt.length)
    put(at.work, seed)
    run.hmac_start(at.key, at.state)
    run.streebog_update(at.state, at.work, seed.length)
    run.hmac_finish(at.key, at.state, at.small)
    run.pbkdf2_iterate(at.key, at.small, rounds)
    const block = take(at.small, SUM_BYTES)
    out.set(block.subarray(0, bytes - from), from)
    block.fill(0)
  }
  clean(at.key, run.hmac_key_size())
  clean(at.small, SUM_BYTES)
  return out
}
