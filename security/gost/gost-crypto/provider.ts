import type { Operations } from '../operations.ts'
import type { CryptoProvider } from '../provider.ts'
import { gostCryptoSignature } from './signature.ts'

/** Signatures in JavaScript, for machines without the engine; `hashes` of whoever has them faster than it does. */
export const gostCryptoProvider = (hashes: Pick<Operations, 'streebog-256' | 'streebog-512'>): CryptoProvider => ({
  id: 'gost-crypto',
  version: '1.1.4',
  assurance: { certified: false },
  operations: {
    'gost3410-2012-256': gostCryptoSignature(256, hashes['streebog-256']),
    'gost3410-2012-512': gostCryptoSignature(512, hashes['streebog-512']),
  },
  close: () => Promise.resolve(),
})
