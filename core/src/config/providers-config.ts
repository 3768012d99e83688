import { nameOf, type RawConfig, type Variable } from './read-env.ts'

/** Of a provider with a certificate of ФСБ, in the order of their strength (ФСБ's order 378 of 2014). */
export const ASSURANCE_CLASSES = ['KC1', 'KC2', 'KC3', 'KV', 'KA'] as const

export interface AssuranceConfig {
  readonly class: (typeof ASSURANCE_CLASSES)[number]
  readonly certificateNumber: string
  /** The last day on which it counts, `2027-12-31`. */
  readonly validTo: string
}

export interface Pkcs11Config {
  /** The library of the token's maker, an absolute path. */
  readonly module: string
  /** The token's label. */
  readonly token: string
  readonly pin: string
  readonly keyLabel: string
  readonly certificate: AssuranceConfig | null
}

export interface CryptoproConfig {
  /** Of CryptoPro's programs, an absolute path. */
  readonly folder: string
  /** SHA-1 of a certificate in this user's store, hex in small letters. */
  readonly thumbprint: string
  /** Null: its container asks for none. */
  readonly pin: string | null
  readonly certificate: AssuranceConfig | null
}

/** What does cryptography beside the product's own; null: it is not configured. */
export interface ProvidersConfig {
  readonly pkcs11: Pkcs11Config | null
  readonly cryptopro: CryptoproConfig | null
}

/** As `ProvidersConfig`, before files are read. */
export interface ProvidersSettings {
  readonly pkcs11: (Omit<Pkcs11Config, 'pin'> & { readonly pinFile: string }) | null
  readonly cryptopro: (Omit<CryptoproConfig, 'pin'> & { readonly pinFile: string | null }) | null
}

const KEY_LABEL_DEFAULT = 'oco'
/** PKCS #11 v2.40, 3.2: a token's label has 32 bytes. */
const TOKEN_LABEL_BYTES_MAX = 32
const THUMBPRINT = /^[0-9a-f]{40}$/
const CERTIFICATE_NUMBER = /^[^,]{3,40}$/
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Faults are lines without values. */
export const parseProviders = (given: RawConfig): { settings: ProvidersSettings; faults: string[] } => {
  const faults: string[] = []
  return { settings: { pkcs11: pkcs11Of(given, faults), cryptopro: cryptoproOf(given, faults) }, faults }
}

const pkcs11Of = (given: RawConfig, faults: string[]): ProvidersSettings['pkcs11'] => {
  const { pkcs11Module: module, pkcs11Token: token, pkcs11PinFile: pinFile, pkcs11KeyLabel: keyLabel = KEY_LABEL_DEFAULT } = given
  const certificate = certificateOf(given, 'pkcs11Assurance', faults)
  if (module === undefined) {
    for (const its of ['pkcs11Token', 'pkcs11PinFile', 'pkcs11KeyLabel', 'pkcs11Assurance'] as const) {
      if (given[its] !== undefined) faults.push(`${nameOf(its)} is set, ${nameOf('pkcs11Module')} is not: no token is used`)
    }
    return null
  }
  for (const its of ['pkcs11Token', 'pkcs11PinFile'] as const) {
    if (given[its] === undefined) faults.push(`${nameOf('pkcs11Module')} is set, ${nameOf(its)} is not`)
  }
  if (Buffer.byteLength(token ?? '') > TOKEN_LABEL_BYTES_MAX)
    faults.push(`${nameOf('pkcs11Token')} is longer than any token's label`)
  return token === undefined || pinFile === undefined ? null : { module, token, pinFile, keyLabel, certificate }
}

const cryptoproOf = (given: RawConfig, faults: string[]): ProvidersSettings['cryptopro'] => {
  const { cryptoproFolder: folder, cryptoproPinFile: pinFile = null } = given
  // Programs print it with blanks or colons between its bytes.
  const thumbprint = given.cryptoproThumbprint?.replaceAll(/[ :]/g, '').toLowerCase()
  const certificate = certificateOf(given, 'cryptoproAssurance', faults)
  if (folder === undefined) {
    for (const its of ['cryptoproThumbprint', 'cryptoproPinFile', 'cryptoproAssurance'] as const) {
      if (given[its] !== undefined)
        faults.push(`${nameOf(its)} is set, ${nameOf('cryptoproFolder')} is not: CryptoPro is not used`)
    }
    return null
  }
  if (thumbprint === undefined) faults.push(`${nameOf('cryptoproFolder')} is set, ${nameOf('cryptoproThumbprint')} is not`)
  else if (!THUMBPRINT.test(thumbprint))
    faults.push(`${nameOf('cryptoproThumbprint')} is no thumbprint of 40 digits and letters to f`)
  return thumbprint === undefined ? null : { folder, thumbprint, pinFile, certificate }
}

/** `KC2, СФ/124-0000, 2027-12-31`. */
const certificateOf = (given: RawConfig, variable: Variable, faults: string[]): AssuranceConfig | null => {
  const value = given[variable]
  if (value === undefined) return null
  const [word, certificateNumber = '', validTo = '', ...more] = value.split(',').map((part) => part.trim())
  const known = ASSURANCE_CLASSES.find((each) => each === word)
  const isDay = DAY.test(validTo) && !Number.isNaN(new Date(validTo).getTime())
  if (known !== undefined && CERTIFICATE_NUMBER.test(certificateNumber) && isDay && more.length === 0) {
    return { class: known, certificateNumber, validTo }
  }
  faults.push(
    `${nameOf(variable)} is no class (${ASSURANCE_CLASSES.join(', ')}), number and last day of a certificate, parted by commas`,
  )
  return null
}
