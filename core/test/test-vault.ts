import { writeFile } from 'node:fs/promises'
import { pino } from 'pino'
import {
  createKeyRing,
  generateKeyEncryptionKey,
  openProductCrypto,
  writeRingDocument,
  type Crypto,
  type KeyRing,
} from '@oco/security'
import { systemClock } from '../src/kernel/clock.ts'
import {
  createDataKeys,
  createIndexEpochs,
  createVault,
  openDataKeyStore,
  type DataKeys,
  type DataKeyStore,
  type IndexEpochs,
  type Vault,
} from '../src/platform/vault/index.ts'

/** The same ring as a file, so that a product that is started with it and the vaults of tests open what the other has sealed. */
export const writeTestRing = async (path: string): Promise<void> => {
  const { crypto, ring } = await sharedRing()
  await writeFile(path, await writeRingDocument(crypto, ring.versions, { kind: 'none' }), { mode: 0o600 })
}

export interface TestVault extends Vault {
  /** Its keys and epochs, for what a test does to them. */
  keys(): Promise<DataKeys>
  epochs(): Promise<IndexEpochs>
  close(): Promise<void>
}

let shared: Promise<{ crypto: Crypto; ring: KeyRing }> | null = null

/** One ring for all databases of this process: opening the cryptography takes longer than most tests. */
export const sharedRing = (): Promise<{ crypto: Crypto; ring: KeyRing }> => {
  shared ??= openProductCrypto().then((crypto) => ({
    crypto,
    ring: createKeyRing(crypto, [generateKeyEncryptionKey(1, systemClock.now())]),
  }))
  return shared
}

interface Opened {
  readonly store: DataKeyStore
  readonly keys: DataKeys
  readonly vault: Vault
}

/** A vault over a keys database that is made when it is first needed. */
export const testVault = (urlOf: () => Promise<string>): TestVault => {
  let opened: Promise<Opened> | null = null
  const open = async (): Promise<Opened> => {
    const [{ crypto, ring }, url] = await Promise.all([sharedRing(), urlOf()])
    const store = openDataKeyStore({ url, onIdleError: () => undefined })
    const keys = createDataKeys({ store, ring: () => ring, clock: systemClock, log: pino({ level: 'silent' }) })
    return { store, keys, vault: createVault({ crypto, keys, store, clock: systemClock }) }
  }
  const ready = (): Promise<Opened> => (opened ??= open())
  return {
    contents: {
      create: async (owner, blobId) => (await ready()).vault.contents.create(owner, blobId),
      open: async (stored) => (await ready()).vault.contents.open(stored),
      handOver: async (stored, owner) => (await ready()).vault.contents.handOver(stored, owner),
    },
    sealerFor: async (kind, names) => (await ready()).vault.sealerFor(kind, names),
    sealer: async (kind, names) => (await ready()).vault.sealer(kind, names),
    indexes: async () => (await ready()).vault.indexes(),
    keys: async () => (await ready()).keys,
    epochs: async () => createIndexEpochs(await ready()),
    async close() {
      if (opened === null) return
      const { keys, store } = await opened
      keys.stop()
      await store.close()
    },
  }
}
