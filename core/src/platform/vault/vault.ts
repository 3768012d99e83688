import { createSealedBox, CryptoError, type Crypto, type Place, type SealedBox } from '@oco/security'
import type { DataKeys, HeldKeys } from './data-keys.ts'
import type { KeyKind } from './data-key-store.ts'

/** A key of data has one version: another key is another name. */
const VERSION = 1

/** Seals and opens under the keys of some names, for a lease. */
export interface Sealer {
  /** Throws `key_unknown` where the name has no key. */
  seal(name: string, place: Place, text: string): Buffer
  /** Null: the key was destroyed, and the text with it. Throws `tag_mismatch` where it is not what was sealed at this place. */
  open(name: string, place: Place, sealed: Uint8Array): string | null
}

/** What lies in the database sealed, under keys that lie elsewhere. */
export interface Vault {
  /** Before anything of the subject is sealed; committed when it resolves. */
  make(kind: KeyKind, name: string): Promise<void>
  sealer(kind: KeyKind, names: readonly string[]): Promise<Sealer>
}

export const createVault = ({ crypto, keys }: { crypto: Pick<Crypto, 'operation'>; keys: DataKeys }): Vault => {
  const box = createSealedBox(crypto.operation('kuznyechik-mgm'))
  return {
    make: (kind, name) => keys.make(kind, [name]),
    sealer: async (kind, names) => sealerOver(box, await keys.hold(kind, names)),
  }
}

const sealerOver = (box: SealedBox, held: HeldKeys): Sealer => ({
  seal(name, place, text) {
    const key = held.get(name)
    if (key === null) throw new CryptoError('key_unknown', `there is no key of ${name}`)
    return box.seal({ key, version: VERSION }, place, Buffer.from(text))
  },

  open(name, place, sealed) {
    const key = held.get(name)
    if (key === null) return null
    const text = box.open(
      (version) => {
        if (version === VERSION) return key
        throw new CryptoError('key_unknown', `no version ${String(version)} of the key of ${name}`)
      },
      place,
      sealed,
    )
    return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')
  },
})
