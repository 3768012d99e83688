import { openCrypto, type Crypto } from './crypto.ts'
import { cryptoproProvider, type CryptoproOptions } from './cryptopro/provider.ts'
import { gostCryptoProvider } from './gost-crypto/provider.ts'
import { opensslProvider } from './openssl/provider.ts'
import { pkcs11Provider, type Pkcs11Options } from './pkcs11/provider.ts'
import type { CryptoProvider } from './provider.ts'
import { wasmProvider } from './wasm/provider.ts'

/** What somebody has bought and configured; null: it is not there. */
export interface OutsideProviders {
  readonly pkcs11: Pkcs11Options | null
  readonly cryptopro: CryptoproOptions | null
}

/**
 * What this machine gives the product: our own provider always, the engine where it is installed, and for signatures without it
 * gost-crypto; beside them what is configured. Rejects with `no_provider`, which says what is missing and why, and where something that is
 * configured does not answer, as its provider does.
 */
export const openProductCrypto = async (outside: OutsideProviders = NOTHING): Promise<Crypto> => {
  const configured = await openOutside(outside)
  const own = wasmProvider()
  return openCrypto([...configured, own, opensslProvider() ?? gostCryptoProvider(own.operations)])
}

const NOTHING: OutsideProviders = { pkcs11: null, cryptopro: null }

const openOutside = async ({ pkcs11, cryptopro }: OutsideProviders): Promise<CryptoProvider[]> => {
  const opened: CryptoProvider[] = []
  try {
    if (pkcs11 !== null) opened.push(await pkcs11Provider(pkcs11))
    if (cryptopro !== null) opened.push(await cryptoproProvider(cryptopro))
    return opened
  } catch (error) {
    await Promise.all(opened.map((provider) => provider.close()))
    throw error
  }
}
