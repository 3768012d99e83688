import { openCrypto, type Crypto } from './crypto.ts'
import { gostCryptoProvider } from './gost-crypto/provider.ts'
import { opensslProvider } from './openssl/provider.ts'
import { wasmProvider } from './wasm/provider.ts'

/**
 * What this machine gives the product: our own provider always, the engine where it is installed, and for signatures without it
 * gost-crypto. Rejects with `no_provider`, which says what is missing and why.
 */
export const openProductCrypto = (): Promise<Crypto> => {
  const own = wasmProvider()
  return openCrypto([own, opensslProvider() ?? gostCryptoProvider(own.operations)])
}
