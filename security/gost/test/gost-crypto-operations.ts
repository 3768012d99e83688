import GostCipher from 'gost-crypto/lib/gostCipher.js'
import GostDigest from 'gost-crypto/lib/gostDigest.js'
import type { Blocks, Cipher, CounterMode, Hash, HashBits, Mac, MacStream, Operations } from '../operations.ts'
import { bytesOf } from '../secret-key.ts'

/** Its counter mode skips a value when the last byte of the counter is full. */
export const COUNTED_BLOCKS_MAX = 255

type Had = `${Cipher}-${'ecb' | 'ctr'}` | `${'streebog' | 'hmac-streebog'}-${HashBits}`

/** What gost-crypto has of ciphers and hashes, to hold ours to a third implementation. It knows no pieces: a stream is its last piece. */
export const gostCryptoOperations = (): Pick<Operations, Had> => ({
  'kuznyechik-ecb': blocks('kuznyechik'),
  'magma-ecb': blocks('magma'),
  'kuznyechik-ctr': counterMode('kuznyechik'),
  'magma-ctr': counterMode('magma'),
  'streebog-256': hash(256),
  'streebog-512': hash(512),
  'hmac-streebog-256': mac(256),
  'hmac-streebog-512': mac(512),
})

const LENGTH = { kuznyechik: 128, magma: 64 } as const satisfies Record<Cipher, number>

const whole = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

const blocks = (cipher: Cipher): Blocks => {
  const engine = new GostCipher({ version: 2015, length: LENGTH[cipher], block: 'ECB', padding: 'NO' })
  return {
    encrypt: (key, plain) => new Uint8Array(engine.encrypt(whole(bytesOf(key)), whole(plain))),
    decrypt: (key, sealed) => new Uint8Array(engine.decrypt(whole(bytesOf(key)), whole(sealed))),
  }
}

const counterMode = (cipher: Cipher): CounterMode => ({
  start(key, iv) {
    const engine = new GostCipher({ version: 2015, length: LENGTH[cipher], block: 'CTR', padding: 'NO', iv: whole(iv) })
    let before = Buffer.alloc(0)
    return {
      update(bytes) {
        before = Buffer.concat([before, bytes])
        return new Uint8Array(engine.encrypt(whole(bytesOf(key)), whole(before))).slice(before.length - bytes.length)
      },
    }
  },
})

const hash = (length: HashBits): Hash => {
  const engine = new GostDigest({ version: 2012, length })
  return { start: () => collected((data) => engine.digest(data)) }
}

const mac = (length: HashBits): Mac => {
  const engine = new GostDigest({ version: 2012, length, mode: 'HMAC' })
  return { start: (key) => collected((data) => engine.sign(whole(bytesOf(key)), data)) }
}

const collected = (finish: (data: ArrayBuffer) => ArrayBuffer): MacStream => {
  const pieces: Uint8Array[] = []
  return {
    update: (bytes) => void pieces.push(Uint8Array.from(bytes)),
    finish: () => new Uint8Array(finish(whole(Buffer.concat(pieces)))),
  }
}
