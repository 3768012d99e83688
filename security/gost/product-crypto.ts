import { openCrypto, type Crypto } from './crypto.ts'
import { opensslProvider } from './openssl/provider.ts'
import { ALGORITHMS } from './operations.ts'
import type { CryptoProvider } from './provider.ts'
import { wasmProvider } from './wasm/provider.ts'

/** Nothing of the product is signed or verified yet, so it starts where there is nobody to do it. */
const NEEDED = ALGORITHMS.filter((algorithm) => !algorithm.startsWith('gost3410'))

/**
 * What this machine gives the product: our own provider always, and the engine where it is installed. Rejects with `no_provider`, which
 * says what is missing and why.
 */
export const openProductCrypto = (): Promise<Crypto> => {
  const providers: (CryptoProvider | null)[] = [wasmProvider(), opensslProvider()]
  return openCrypto(
    providers.filter((provider) => provider !== null),
    NEEDED,
  )
}
