import type { DataKeyStore } from './data-key-store.ts'
import { KEY_LEASE_MS, type DataKeys } from './data-keys.ts'
import { EPOCHS_KEPT_MS, indexKeyNames } from './indexes.ts'

/** After a change every process knows it: it asks so often, and what it began before then has ended or finds its keys gone. */
const KNOWN_AFTER_MS = EPOCHS_KEPT_MS + KEY_LEASE_MS

/** How epochs of the blind indexes follow each other; each step may be taken by any process, and again. */
export interface IndexEpochs {
  /** Opens the next one; false where one is on its way already. */
  announce(): Promise<boolean>
  /** What is written goes under the announced epoch, once every process looks under it too; whether that has just begun. */
  settle(): Promise<boolean>
  /** For when no sum of an older epoch is left: its keys are destroyed once no process looks under it. True where no older one is left. */
  drop(): Promise<boolean>
  currentSince(): Promise<Date>
}

export const createIndexEpochs = ({
  store,
  keys,
}: {
  store: Pick<DataKeyStore, 'announceEpoch' | 'dropEpochs' | 'epochs' | 'settleEpoch'>
  keys: Pick<DataKeys, 'destroy'>
}): IndexEpochs => ({
  announce: async () => (await store.announceEpoch()) !== null,
  settle: () => store.settleEpoch(KNOWN_AFTER_MS),
  async drop() {
    const dropped = await store.dropEpochs(KNOWN_AFTER_MS)
    const going = dropped.filter(({ mayGo }) => mayGo).map(({ epoch }) => epoch)
    if (going.length > 0) await keys.destroy('index', going.flatMap(indexKeyNames))
    return going.length === dropped.length && (await store.epochs()).living.length === 1
  },
  currentSince: async () => (await store.epochs()).currentAt,
})
