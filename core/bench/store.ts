import { openProductCrypto, type Crypto } from '@oco/security'
import { pino } from 'pino'
import { systemClock } from '../src/kernel/clock.ts'
import { openDatabase, type Database } from '../src/platform/db.ts'
import { createDataKeys, createVault, openDataKeyStore, readRingFile } from '../src/platform/vault/index.ts'

export interface Store {
  readonly database: Database
  close(): Promise<void>
}

/**
 * A database with its vault, to write what the product will read: the product has to be started with the same ring
 * (`OCO_KEY_RING_FILE`). `crypto` may be another than the product's.
 */
export const openStore = async ({
  url,
  keysUrl,
  ringPath,
  crypto: opening = openProductCrypto(),
}: {
  readonly url: string
  readonly keysUrl: string
  readonly ringPath: string
  readonly crypto?: Promise<Crypto>
}): Promise<Store> => {
  const crypto = await opening
  const store = openDataKeyStore({ url: keysUrl, onIdleError: () => undefined })
  const { ring } = await readRingFile(crypto, { path: ringPath, passphrase: null })
  await store.addRingVersions(ring.fingerprints, systemClock.now())
  const keys = createDataKeys({ store, ring: () => ring, clock: systemClock, log: pino({ level: 'silent' }) })
  keys.start()
  const vault = createVault({ crypto, keys, store, clock: systemClock })
  const database = openDatabase({
    url,
    clock: systemClock,
    poolSize: 4,
    vault,
    onWake: () => undefined,
    onIdleError: () => undefined,
  })
  return {
    database,
    async close() {
      await database.close()
      keys.stop()
      await store.close()
      await crypto.close()
    },
  }
}
