import { openProductCrypto, type createSealedStreams, type Crypto } from '@oco/security'

type Aead = Parameters<typeof createSealedStreams>[0]

const TAG_BYTES = 16
const NO_TAG = new Uint8Array(TAG_BYTES)

/** A seal that does nothing: the text as it is, with room for the tag, so that both stores are alike byte for byte in size. */
const NOTHING_DONE: Aead = {
  seal: (_key, { text }) => ({ text: Uint8Array.from(text), tag: NO_TAG }),
  open: (_key, { sealed }) => Uint8Array.from(sealed.text),
  sealBulk: (_key, inputs) => Promise.resolve(inputs.map(({ text }) => ({ text: Uint8Array.from(text), tag: NO_TAG }))),
  openBulk: (_key, inputs) => Promise.resolve(inputs.map(({ sealed }) => Uint8Array.from(sealed.text))),
}

/** The product's cryptography, or the same with that seal. Index sums and wrapped keys are the same in both. */
export const openCryptoOf = async (kind: 'sealed' | 'plain'): Promise<Crypto> => {
  const crypto = await openProductCrypto()
  if (kind === 'sealed') return crypto
  const operation: Crypto['operation'] = (algorithm) =>
    algorithm === 'kuznyechik-mgm'
      ? (NOTHING_DONE as ReturnType<typeof crypto.operation<typeof algorithm>>)
      : crypto.operation(algorithm)
  return { ...crypto, operation }
}
