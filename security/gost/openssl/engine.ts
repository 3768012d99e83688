import { constants, createPrivateKey, getCipherInfo, setEngine } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { arch } from 'node:os'
import { CryptoError } from '../crypto-error.ts'

const LIBRARIES = '/usr/lib'
const FILE = 'engines-3/gost.so'

/** Debian's names for the machines that Node has names for (Debian's multiarch tuples). */
const TUPLES: Readonly<Record<string, string>> = {
  arm: 'arm-linux-gnueabihf',
  arm64: 'aarch64-linux-gnu',
  loong64: 'loongarch64-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
  x64: 'x86_64-linux-gnu',
}

/** Where Debian's package puts the engine on a machine like this, and the package. */
export const ENGINE_PROGRAM = {
  path: `${LIBRARIES}/${TUPLES[arch()] ?? `${arch()}-linux-gnu`}/${FILE}`,
  package: 'libengine-gost-openssl',
} as const

/**
 * Sees to it that this process has the engine; false where it cannot have it. It stays until the process ends and serves every thread,
 * whoever has loaded it: Node, too, when it was started with an OpenSSL configuration that names it. `setEngine` throws when the engine
 * is there already, in this thread or another, and says nothing when a file is some other engine: what counts is what is there afterwards.
 */
export const hasEngine = (enginePath?: string): boolean => {
  if (isThere()) return true
  const paths = enginePath === undefined ? [ENGINE_PROGRAM.path, ...installedPaths()] : [enginePath]
  return paths.some((path) => {
    try {
      setEngine(path, WHAT_IT_HAS)
    } catch {
      // Not there, not for this machine, or loaded by another thread meanwhile.
    }
    return isThere()
  })
}

/** It has neither random numbers nor anything of RSA: these must not even ask it. */
const WHAT_IT_HAS =
  constants.ENGINE_METHOD_CIPHERS |
  constants.ENGINE_METHOD_DIGESTS |
  constants.ENGINE_METHOD_PKEY_METHS |
  constants.ENGINE_METHOD_PKEY_ASN1_METHS

/** `getCiphers()` never names what an engine brings. */
const isThere = (): boolean => getCipherInfo('kuznyechik-ctr') !== undefined

/** Of any machine: a file for another one does not load. */
const installedPaths = (): string[] => {
  try {
    const folders = readdirSync(LIBRARIES, { withFileTypes: true })
    return folders.filter((folder) => folder.isDirectory()).map(({ name }) => `${LIBRARIES}/${name}/${FILE}`)
  } catch {
    return []
  }
}

/**
 * `createHash` of the engine's names leaves an error in OpenSSL's queue, and whatever reads a key next, be it RSA's, throws that. A
 * reading that must fail empties the queue.
 */
export const dropStaleError = (): void => {
  try {
    createPrivateKey('')
  } catch {
    // This is what it is for.
  }
}

/** What the engine throws becomes `provider_failed`. */
export const byEngine = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    throw failureOf(error)
  }
}

export const failureOf = (error: unknown): CryptoError =>
  new CryptoError('provider_failed', error instanceof Error ? error.message : String(error))
