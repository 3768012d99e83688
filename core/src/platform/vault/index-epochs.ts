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
  /** Whether sums of older epochs may be there still, or may still be written. */
  isTurning(): Promise<boolean>
  /** For when no sum of an older epoch is left: its keys are destroyed once no process looks under it. The number of epochs that went. */
  drop(): Promise<number>
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
  isTurning: async () => (await store.epochs()).living.length > 1,
  async drop() {
    const dropped = await store.dropEpochs(KNOWN_AFTER_MS)
    const gone = dropped.length === 0 ? 0 : await keys.destroy('index', dropped.flatMap(indexKeyNames))
    return gone === 0 ? 0 : dropped.length
  },
  currentSince: async () => (await store.epochs()).currentAt,
})
