import { CryptoError } from '../crypto-error.ts'
import type { Hash, HashBits, Mac, MacStream } from '../operations.ts'
import { bytesOf, derivedOf, type SecretKey } from '../secret-key.ts'
import { BOUND_BYTES_MAX, WORK_BYTES, type GostModule } from './gost-module.ts'

/** Streebog and its HMAC on one instance. */
export const hashOperations = (module: GostModule, bits: HashBits): { hash: Hash; hmac: Mac } => {
  const { run, at, put, take, clean } = module
  const hashBytes = bits / 8
  const stateBytes = run.streebog_size()
  const keyBytes = run.hmac_key_size()
  const owner = {}

  const expanded = (secret: SecretKey): Uint8Array =>
    derivedOf(secret, owner, () => {
      const bytes = bytesOf(secret)
      if (bytes.length > BOUND_BYTES_MAX) throw new CryptoError('limit_exceeded', 'too long a key for HMAC')
      put(at.bound, bytes)
      run.hmac_set_key(at.key, hashBytes, at.bound, bytes.length)
      const made = take(at.key, keyBytes)
      clean(at.bound, bytes.length)
      clean(at.key, keyBytes)
      return made
    })

  const hash: Hash = {
    start() {
      run.streebog_start(at.state, hashBytes)
      return streamOf(module, take(at.state, stateBytes), () => {
        run.streebog_finish(at.state, at.small)
        return take(at.small, hashBytes)
      })
    },
  }

  const hmac: Mac = {
    start(secret) {
      put(at.key, expanded(secret))
      run.hmac_start(at.key, at.state)
      clean(at.key, keyBytes)
      return streamOf(module, take(at.state, stateBytes), () => {
        put(at.key, expanded(secret))
        run.hmac_finish(at.key, at.state, at.small)
        clean(at.key, keyBytes)
        return take(at.small, hashBytes)
      })
    },
  }
  return { hash, hmac }
}

const streamOf = ({ run, at, put, takeTo, clean }: GostModule, start: Uint8Array, finish: () => Uint8Array): MacStream => {
  let state: Uint8Array | null = start
  const open = (): Uint8Array => {
    if (state === null) throw new CryptoError('stream_ended', 'the sum has been answered')
    return state
  }
  return {
    update(bytes) {
      const held = open()
      put(at.state, held)
      for (let from = 0; from < bytes.length; from += WORK_BYTES) {
        const piece = bytes.subarray(from, from + WORK_BYTES)
        put(at.work, piece)
        run.streebog_update(at.state, at.work, piece.length)
        clean(at.work, piece.length)
      }
      takeTo(held, at.state)
      clean(at.state, held.length)
    },
    finish() {
      const held = open()
      put(at.state, held)
      const sum = finish()
      clean(at.state, held.length)
      held.fill(0)
      state = null
      return sum
    },
  }
}
