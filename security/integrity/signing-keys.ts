import { CryptoError } from '../gost/crypto-error.ts'
import type { Crypto } from '../gost/crypto.ts'
import { CURVES, type CurveName, type SigningKey, type VerifyingKey } from '../gost/operations.ts'
import { createSealedBox, type Place } from '../gost/sealed-box.ts'
import { destroyKey } from '../gost/secret-key.ts'
import { newPassphraseKey, passphraseKey, saltingOf } from '../keys/passphrase-key.ts'

type CryptoOfSignatures = Pick<Crypto, 'operation'>

/** What manifests are signed by: GOST R 34.10-2012 of 256 bits over set A of RFC 4357, which every provider has. */
export const MANIFEST_CURVE: CurveName = 'tc26-256-b'
const ALGORITHM = 'gost3410-2012-256'
const PLACE: Place = ['signing-key', '1']
const FORMAT = 1
const FIRST_LINE = 'oco-verifying-key 1'
const POINT = /^[0-9a-f]{128}$/

/** A pair for whoever builds releases: the private part locked by a passphrase, the public part as text. */
export const newSigningPair = async (
  crypto: CryptoOfSignatures,
  passphrase: string,
): Promise<{ readonly signing: string; readonly verifying: string; readonly fingerprint: string }> => {
  const pair = await crypto.operation(ALGORITHM).generate(MANIFEST_CURVE)
  const { key, salting } = await newPassphraseKey(crypto, { passphrase })
  const sealed = createSealedBox(crypto.operation('kuznyechik-mgm')).sealKey({ key, version: 1 }, PLACE, pair.signing.secret)
  destroyKey(key)
  destroyKey(pair.signing.secret)
  const document = {
    format: FORMAT,
    kind: 'oco-signing-key',
    curve: MANIFEST_CURVE,
    ...salting,
    sealed: sealed.toString('base64'),
  }
  return {
    signing: `${JSON.stringify(document, null, 2)}\n`,
    verifying: `${FIRST_LINE}\n${MANIFEST_CURVE}\t${Buffer.from(pair.verifying.point).toString('hex')}\n`,
    fingerprint: fingerprintOf(crypto, pair.verifying),
  }
}

/** Throws `unknown_format`, and `tag_mismatch` for a wrong passphrase. */
export const readSigningKey = async (crypto: CryptoOfSignatures, text: string, passphrase: string): Promise<SigningKey> => {
  const fields = objectOf(text)
  const curve = curveOf(fields['curve'])
  if (fields['format'] !== FORMAT || fields['kind'] !== 'oco-signing-key')
    throw new CryptoError('unknown_format', 'this is no signing key')
  const key = await passphraseKey(crypto, passphrase, saltingOf(fields))
  try {
    const sealed = Buffer.from(String(fields['sealed']), 'base64')
    return { curve, secret: createSealedBox(crypto.operation('kuznyechik-mgm')).openKey(() => key, PLACE, sealed) }
  } finally {
    destroyKey(key)
  }
}

/** Throws `unknown_format`. */
export const readVerifyingKey = (text: string): VerifyingKey => {
  const [first, second = '', ...rest] = text.trimEnd().split('\n')
  const [curve, point = '', ...more] = second.split('\t')
  if (first !== FIRST_LINE || rest.length > 0 || more.length > 0 || !POINT.test(point)) {
    throw new CryptoError('unknown_format', 'this is no verifying key')
  }
  return { curve: curveOf(curve), point: Buffer.from(point, 'hex') }
}

/** Streebog-256 of the curve's name, a tab and the point in hexadecimal: what people compare. */
export const fingerprintOf = (crypto: CryptoOfSignatures, { curve, point }: VerifyingKey): string => {
  const hash = crypto.operation('streebog-256').start()
  hash.update(Buffer.from(`${curve}\t${Buffer.from(point).toString('hex')}`))
  return Buffer.from(hash.finish()).toString('hex')
}

const SIGNATURE_FIRST_LINE = 'oco-signature 1'
/** Before the text that is signed, so that a signature of this key over anything else is none of a manifest. */
const DOMAIN = 'oco-manifest-signature 1\n'

export const signManifest = async (
  crypto: CryptoOfSignatures,
  keys: { readonly signing: SigningKey; readonly verifying: VerifyingKey },
  manifest: string,
): Promise<string> => {
  const signature = await crypto.operation(ALGORITHM).sign(keys.signing, Buffer.from(DOMAIN + manifest))
  return [
    SIGNATURE_FIRST_LINE,
    `key\t${fingerprintOf(crypto, keys.verifying)}`,
    `signature\t${Buffer.from(signature).toString('base64')}`,
    '',
  ].join('\n')
}

export type SignatureVerdict = 'right' | 'wrong' | 'of_another_key' | 'unreadable'

/** Nothing of a manifest may be believed unless this is `right`. */
export const checkManifestSignature = async (
  crypto: CryptoOfSignatures,
  verifying: VerifyingKey,
  { manifest, signature }: { readonly manifest: string; readonly signature: string },
): Promise<SignatureVerdict> => {
  const found = /^oco-signature 1\nkey\t([0-9a-f]{64})\nsignature\t([A-Za-z0-9+/]{86}==)\n$/.exec(signature)
  if (found === null) return 'unreadable'
  if (found[1] !== fingerprintOf(crypto, verifying)) return 'of_another_key'
  const bytes = Buffer.from(found[2] ?? '', 'base64')
  return (await crypto.operation(ALGORITHM).verify(verifying, Buffer.from(DOMAIN + manifest), bytes)) ? 'right' : 'wrong'
}

const objectOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw new CryptoError('unknown_format', 'this is no signing key')
}

const curveOf = (value: unknown): CurveName => {
  const curve = CURVES[256].find((each) => each === value)
  if (curve === undefined) throw new CryptoError('unknown_format', 'a curve that is not known here')
  return curve
}
