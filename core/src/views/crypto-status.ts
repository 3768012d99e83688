import { readCryptoStatus, type CryptoStatusView } from '@oco/contract'
import type { Crypto } from '@oco/security'
import { route, type Route } from '../platform/http.ts'

export interface CryptoStatusPage {
  readonly crypto: Pick<Crypto, 'status'>
  /** When the process opened its cryptography. */
  readonly testedAt: Date
}

/** For the officer: what does what in the process that answers, and what of it is certified. */
export const cryptoStatusRoutes = (page: CryptoStatusPage): Route[] => {
  const view = viewOf(page)
  return [route(readCryptoStatus, () => Promise.resolve(view))]
}

const viewOf = ({ crypto: { status }, testedAt }: CryptoStatusPage): CryptoStatusView => ({
  testedAt: testedAt.toISOString(),
  algorithms: status.algorithms.map(({ algorithm, provider, others }) => ({ algorithm, provider, others: [...others] })),
  providers: status.providers.map(({ id, version, assurance, failed, lacks, outsideKey }) => ({
    id,
    version,
    certificate: assurance.certified
      ? { class: assurance.class, number: assurance.certificateNumber, validTo: assurance.validTo }
      : null,
    failed: [...failed],
    lacks: [...lacks],
    outsideKey,
  })),
})
