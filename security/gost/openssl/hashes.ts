import { createHash, createHmac, type Hash as NodeHash } from 'node:crypto'
import { CryptoError } from '../crypto-error.ts'
import type { Hash, HashBits, Mac, MacStream } from '../operations.ts'
import { bytesOf } from '../secret-key.ts'
import { BOUND_BYTES_MAX } from '../wasm/gost-module.ts'
import { byEngine, dropStaleError } from './engine.ts'

/** The engine's names of Streebog. */
export const DIGEST_NAMES = { 256: 'md_gost12_256', 512: 'md_gost12_512' } as const satisfies Record<HashBits, string>

/** Throws `provider_failed` where the engine is not there. Keys of HMAC have the same limit as with our own. */
export const hashOperations = (bits: HashBits): { hash: Hash; hmac: Mac } => {
  const name = DIGEST_NAMES[bits]
  const pattern = patternOf(name)
  return {
    hash: {
      start: () => streamOf(byEngine(() => pattern.copy())),
    },
    hmac: {
      start(secret) {
        const bytes = bytesOf(secret)
        if (bytes.length > BOUND_BYTES_MAX) throw new CryptoError('limit_exceeded', 'too long a key for HMAC')
        return streamOf(
          byEngine(() => createHmac(name, bytes)),
          () => bytesOf(secret),
        )
      },
    },
  }
}

/** One for all times: a copy of it leaves no error behind as `createHash` does, and is quicker. */
const patternOf = (name: string): NodeHash => {
  try {
    return byEngine(() => createHash(name))
  } finally {
    dropStaleError()
  }
}

/** `check` throws where the sum must not be answered any more. */
const streamOf = (
  state: { update(bytes: Uint8Array): unknown; digest(): Buffer },
  check: () => void = () => undefined,
): MacStream => {
  let isOpen = true
  const stillOpen = (): void => {
    if (!isOpen) throw new CryptoError('stream_ended', 'the sum has been answered')
  }
  return {
    update(bytes) {
      stillOpen()
      byEngine(() => state.update(bytes))
    },
    finish() {
      stillOpen()
      check()
      isOpen = false
      return byEngine(() => state.digest())
    },
  }
}
