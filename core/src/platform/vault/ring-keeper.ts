import type { Crypto, KeyRing } from '@oco/security'
import { existsSync, statSync } from 'node:fs'
import type { Clock } from '../../kernel/clock.ts'
import { StartFault } from '../../kernel/start-fault.ts'
import type { DataKeyStore } from './data-key-store.ts'
import { makeRingFile, readRingFile, type RingPlace } from './key-ring-file.ts'

/** The ring of this process, held against what the keys database has seen. */
export interface RingKeeper {
  ring(): KeyRing
  /** Takes the file up again where it has changed; true where the ring has another newest version now. Throws as the opening does. */
  refresh(): Promise<boolean>
}

export interface RingKeeperOptions {
  /** May still be on its way: the database is asked meanwhile. */
  readonly crypto: Crypto | Promise<Crypto>
  readonly place: RingPlace
  readonly store: Pick<DataKeyStore, 'ringVersions' | 'addRingVersions'>
  readonly clock: Clock
}

/**
 * Opens the key ring, or makes it where neither the file nor the database knows of one. Throws a `key_ring` StartFault where the file
 * is gone, or is another ring than the one that wraps the keys of this database.
 */
export const openRing = async ({ crypto: opening, place, store, clock }: RingKeeperOptions): Promise<RingKeeper> => {
  const open = async (): Promise<{ ring: KeyRing; changedAtMs: number }> => {
    const [crypto, seen] = await Promise.all([opening, store.ringVersions()])
    if (!existsSync(place.path)) {
      if (seen.size > 0) {
        throw new StartFault(
          'key_ring',
          `${place.path} is missing although the keys database has keys under it: restore it (oco keys import), or name it by OCO_KEY_RING_FILE`,
        )
      }
      await makeRingFile(crypto, place, clock.now())
    }
    const changedAtMs = statSync(place.path).mtimeMs
    const { ring } = await readRingFile(crypto, place)
    compare(ring, seen, place)
    if (ring.fingerprints.size > seen.size) {
      await store.addRingVersions(ring.fingerprints, clock.now())
      // Of two processes that begin at once with a ring each, one is told here.
      compare(ring, await store.ringVersions(), place)
    }
    return { ring, changedAtMs }
  }
  let held = await open()
  return {
    ring: () => held.ring,
    async refresh() {
      if (existsSync(place.path) && statSync(place.path).mtimeMs === held.changedAtMs) return false
      const before = held.ring.current
      held = await open()
      return held.ring.current !== before
    },
  }
}

const compare = (ring: KeyRing, seen: ReadonlyMap<number, string>, { path }: RingPlace): void => {
  for (const [version, fingerprint] of seen) {
    const ours = ring.fingerprints.get(version)
    if (ours === fingerprint) continue
    throw new StartFault(
      'key_ring',
      ours === undefined
        ? `${path} lacks version ${String(version)}, which the keys database has seen: bring the newest ring here`
        : `${path} is not the key ring of this keys database (version ${String(version)} is another): name the right one by OCO_KEY_RING_FILE`,
    )
  }
}
