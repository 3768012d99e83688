import GostCipher from 'gost-crypto/lib/gostCipher.js'
import GostDigest from 'gost-crypto/lib/gostDigest.js'
import type { Cipher, CounterMode, Hash, HashBits, Operations } from '../operations.ts'
import { bytesOf } from '../secret-key.ts'

/** Its counter mode skips a value when the last byte of the counter is full. */
export const COUNTED_BLOCKS_MAX = 255

/** What gost-crypto has of ciphers and hashes, to hold ours to a third implementation. It knows no pieces: a stream is its last piece. */
export const gostCryptoOperations = (): Pick<Operations, 'kuznyechik-ctr' | 'magma-ctr' | 'streebog-256' | 'streebog-512'> => ({
  'kuznyechik-ctr': counterMode('kuznyechik'),
  'magma-ctr': counterMode('magma'),
  'streebog-256': hash(256),
  'streebog-512': hash(512),
})

const whole = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

const counterMode = (cipher: Cipher): CounterMode => ({
  start(key, iv) {
    const engine = new GostCipher({
      version: 2015,
      length: cipher === 'magma' ? 64 : 128,
      block: 'CTR',
      padding: 'NO',
      iv: whole(iv),
    })
    let before = Buffer.alloc(0)
    return {
      update(bytes) {
        before = Buffer.concat([before, bytes])
        return new Uint8Array(engine.encrypt(whole(bytesOf(key)), whole(before))).slice(before.length - bytes.length)
      },
    }
  },
})

const hash = (length: HashBits): Hash => ({
  start() {
    const pieces: Uint8Array[] = []
    return {
      update: (bytes) => void pieces.push(Uint8Array.from(bytes)),
      finish: () => new Uint8Array(new GostDigest({ version: 2012, length }).digest(whole(Buffer.concat(pieces)))),
    }
  },
})
