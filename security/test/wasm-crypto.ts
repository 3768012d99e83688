import assert from 'node:assert/strict'
import type { Crypto } from '../gost/crypto.ts'
import type { Algorithm, Operations } from '../gost/operations.ts'
import { wasmProvider } from '../gost/wasm/provider.ts'

/** Our own provider alone, without its known answers: those have a test of their own. To be closed. */
export const wasmCrypto = (): Pick<Crypto, 'operation' | 'outsideKey' | 'close'> => {
  const { operations, close } = wasmProvider()
  const table: Partial<Operations> = operations
  return {
    operation<A extends Algorithm>(algorithm: A): Operations[A] {
      const operation = table[algorithm]
      assert.ok(operation !== undefined, `${algorithm} is not the WebAssembly's`)
      return operation
    },
    outsideKey: (id) => assert.fail(`${id} is not here`),
    close,
  }
}
