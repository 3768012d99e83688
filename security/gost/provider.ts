import type { Cms } from './cms.ts'
import type { Algorithm, Operations } from './operations.ts'
import type { OutsideKey } from './outside-key.ts'

export const PROVIDER_IDS = ['wasm', 'openssl', 'gost-crypto', 'pkcs11', 'cryptopro-cli'] as const
export type ProviderId = (typeof PROVIDER_IDS)[number]

export const ASSURANCE_CLASSES = ['KC1', 'KC2', 'KC3', 'KV', 'KA'] as const

/** A certificate of ФСБ, as whoever holds it writes it down: nothing here can ask whether it is true. */
export interface AssuranceCertificate {
  readonly class: (typeof ASSURANCE_CLASSES)[number]
  readonly certificateNumber: string
  /** The last day on which it counts, `2027-12-31`. */
  readonly validTo: string
}

/** What stands behind a provider in the sense of ФСБ's certification. Only a certified СКЗИ has a class. */
export type Assurance = { readonly certified: false } | ({ readonly certified: true } & AssuranceCertificate)

/** No certificate, or one that has run out, is none. */
export const assuranceOn = (day: Date, certificate: AssuranceCertificate | null): Assurance =>
  certificate === null || certificate.validTo < day.toISOString().slice(0, 10)
    ? { certified: false }
    : { certified: true, ...certificate }

/** Something that has some of the algorithms. Nobody asks it directly: `openCrypto` chooses, after it has tried each. */
export interface CryptoProvider {
  readonly id: ProviderId
  /** Its version, or that of the library under it. */
  readonly version: string
  readonly assurance: Assurance
  readonly operations: Partial<Operations>
  /** Where it keeps a key that can wrap others. */
  readonly outsideKey?: OutsideKey
  /** Where it signs and encrypts messages under certificates of its own. */
  readonly cms?: Cms
  /** Ends what it holds: threads, a token's session. */
  close(): Promise<void>
}

export const capabilitiesOf = ({ operations }: CryptoProvider): ReadonlySet<Algorithm> =>
  new Set(Object.keys(operations) as Algorithm[])
