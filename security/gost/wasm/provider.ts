import type { CryptoProvider } from '../provider.ts'
import { keyTree } from '../key-tree.ts'
import { keyWrap } from '../key-wrap.ts'
import type { Operations, PasswordKey } from '../operations.ts'
import { createBulk, type Bulk } from './bulk.ts'
import { cipherOperations } from './ciphers.ts'
import { hasSimd, startGostModule, type GostModule } from './gost-module.ts'
import { hashOperations } from './hashes.ts'
import { checkPasswordInput, pbkdf2 } from './pbkdf2.ts'

/** Up to so many rounds are done at once, within a millisecond; more go to the thread. */
const INLINE_ROUNDS_MAX = 100

/** Our own implementation, which needs nothing of the machine. It has all but signatures. Tables make it fast, and not constant-time. */
export const wasmProvider = ({ simd = hasSimd() } = {}) => {
  const module = startGostModule(simd)
  const bulk = createBulk()
  const [short, long] = [hashOperations(module, 256), hashOperations(module, 512)]
  const kuznyechik = cipherOperations(module, 'kuznyechik', bulk)
  const magma = cipherOperations(module, 'magma', bulk)
  const operations = {
    'kuznyechik-ecb': kuznyechik.ecb,
    'kuznyechik-ctr': kuznyechik.ctr,
    'kuznyechik-ctr-acpkm': kuznyechik.ctrAcpkm,
    'kuznyechik-omac': kuznyechik.omac,
    'kuznyechik-omac-acpkm': kuznyechik.omacAcpkm,
    'kuznyechik-mgm': kuznyechik.mgm,
    'kuznyechik-kexp15': keyWrap('kuznyechik', kuznyechik),
    'magma-ecb': magma.ecb,
    'magma-ctr': magma.ctr,
    'magma-ctr-acpkm': magma.ctrAcpkm,
    'magma-omac': magma.omac,
    'magma-omac-acpkm': magma.omacAcpkm,
    'magma-mgm': magma.mgm,
    'magma-kexp15': keyWrap('magma', magma),
    'streebog-256': short.hash,
    'streebog-512': long.hash,
    'hmac-streebog-256': short.hmac,
    'hmac-streebog-512': long.hmac,
    'pbkdf2-streebog-512': passwordKey(module, bulk),
    'kdf-tree-streebog-256': keyTree(short.hmac),
  } satisfies Partial<Operations>
  return {
    id: 'wasm' as const,
    version: simd ? '1 simd' : '1',
    assurance: { certified: false as const },
    operations,
    close: () => bulk.close(),
  } satisfies CryptoProvider
}

const passwordKey = (module: GostModule, bulk: Bulk): PasswordKey => ({
  async derive(input) {
    checkPasswordInput(input)
    if (input.rounds <= INLINE_ROUNDS_MAX) return pbkdf2(module, input)
    return (await bulk.run({ kind: 'pbkdf2', ...input })).bytes
  },
})
