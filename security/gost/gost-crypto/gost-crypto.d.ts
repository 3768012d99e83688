/** As much of gost-crypto 1.1.4 as is used; it has no types of its own. */
declare module 'gost-crypto/lib/gostSign.js' {
  interface Algorithm {
    readonly length: number
    readonly curve: Readonly<Record<'p' | 'a' | 'b' | 'q' | 'x' | 'y', string>>
    /** Taken in place of a random number: as the private key by `generateKey`, as k by `sign`. */
    readonly ukm?: ArrayBuffer
  }
  export default class GostSign {
    constructor(algorithm: Algorithm)
    /** Answers r and s. Numbers are little-endian. `digest` is the number itself where no hash is named. */
    sign(privateKey: ArrayBuffer, digest: ArrayBuffer): ArrayBuffer
    verify(publicKey: ArrayBuffer, signature: ArrayBuffer, digest: ArrayBuffer): boolean
    generateKey(): { readonly publicKey: ArrayBuffer }
  }
}

declare module 'gost-crypto/lib/gostCipher.js' {
  export default class GostCipher {
    constructor(algorithm: { version: 2015; length: 64 | 128; block: 'CTR' | 'ECB'; iv?: ArrayBuffer; padding?: 'NO' })
    encrypt(key: ArrayBuffer, data: ArrayBuffer): ArrayBuffer
    decrypt(key: ArrayBuffer, data: ArrayBuffer): ArrayBuffer
  }
}

declare module 'gost-crypto/lib/gostDigest.js' {
  export default class GostDigest {
    constructor(algorithm: { version: 2012; length: 256 | 512; mode?: 'HMAC' })
    digest(data: ArrayBuffer): ArrayBuffer
    /** Of `mode: 'HMAC'` alone. */
    sign(key: ArrayBuffer, data: ArrayBuffer): ArrayBuffer
  }
}
