import type { Algorithm, Operations } from './operations.ts'

export const PROVIDER_IDS = ['wasm', 'openssl', 'gost-crypto', 'pkcs11', 'cryptopro-cli'] as const
export type ProviderId = (typeof PROVIDER_IDS)[number]

/** What stands behind a provider in the sense of ФСБ's certification. Only a certified СКЗИ has a class. */
export type Assurance =
  | { readonly certified: false }
  | {
      readonly certified: true
      readonly class: 'KC1' | 'KC2' | 'KC3' | 'KV' | 'KA'
      readonly certificateNumber: string
      /** A day, `2027-12-31`. */
      readonly validTo: string
    }

/** Something that has some of the algorithms. Nobody asks it directly: `openCrypto` chooses, after it has tried each. */
export interface CryptoProvider {
  readonly id: ProviderId
  /** Its version, or that of the library under it. */
  readonly version: string
  readonly assurance: Assurance
  readonly operations: Partial<Operations>
  /** Ends what it holds: threads, a token's session. */
  close(): Promise<void>
}

export const capabilitiesOf = ({ operations }: CryptoProvider): ReadonlySet<Algorithm> =>
  new Set(Object.keys(operations) as Algorithm[])
