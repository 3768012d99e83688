import { CryptoError } from '../crypto-error.ts'
import { keyTree } from '../key-tree.ts'
import type { Operations } from '../operations.ts'
import type { CryptoProvider } from '../provider.ts'
import { counterMode, kuznyechikBlocks, sectionedCounterMode } from './ciphers.ts'
import { hasEngine } from './engine.ts'
import { hashOperations } from './hashes.ts'
import { passwordKey } from './password-key.ts'
import { signatureOperation } from './signature.ts'

export { ENGINE_PROGRAM } from './engine.ts'

/**
 * gost-engine (Debian: `libengine-gost-openssl`) inside this process. Null where it is not installed or does not load; `enginePath`,
 * where given, is the only place that is tried, and counts for nothing once the process has the engine.
 *
 * It lacks Magma without a mode, MGM, OMAC-ACPKM; its OMAC cannot be given a key from Node, and its KExp15 answers nothing at all. Of
 * CTR-ACPKM it has the sections of `SECTION_BYTES` and no other. A key's copies inside OpenSSL are cleared when Node collects them,
 * not when the key is destroyed.
 */
export const opensslProvider = ({ enginePath }: { readonly enginePath?: string | undefined } = {}): CryptoProvider | null => {
  if (!hasEngine(enginePath)) return null
  try {
    return {
      id: 'openssl',
      // eslint-disable-next-line no-restricted-globals -- what library is under us is no setting
      version: `OpenSSL ${process.versions.openssl}`,
      assurance: { certified: false },
      operations: operationsOfEngine(),
      // The engine stays as long as the process: others may be using it.
      close: () => Promise.resolve(),
    }
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

const operationsOfEngine = () => {
  const [short, long] = [hashOperations(256), hashOperations(512)]
  return {
    'kuznyechik-ecb': kuznyechikBlocks(),
    'kuznyechik-ctr': counterMode('kuznyechik'),
    'kuznyechik-ctr-acpkm': sectionedCounterMode('kuznyechik'),
    'magma-ctr': counterMode('magma'),
    'magma-ctr-acpkm': sectionedCounterMode('magma'),
    'streebog-256': short.hash,
    'streebog-512': long.hash,
    'hmac-streebog-256': short.hmac,
    'hmac-streebog-512': long.hmac,
    'pbkdf2-streebog-512': passwordKey(),
    'kdf-tree-streebog-256': keyTree(short.hmac),
    'gost3410-2012-256': signatureOperation(256),
    'gost3410-2012-512': signatureOperation(512),
  } satisfies Partial<Operations>
}
