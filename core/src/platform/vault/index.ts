export { type Content, type StoredContentKey } from './contents.ts'
export { KEY_KINDS, openDataKeyStore, type DataKeyStore, type KeyCounts, type KeyKind, type KeyName } from './data-key-store.ts'
export { createDataKeys, type DataKeys } from './data-keys.ts'
export { openRing, type RingKeeper } from './ring-keeper.ts'
export { createVault, type Sealer, type Vault } from './vault.ts'
export { intakeDay, intakeOwner, subjectOwner } from './intake-day.ts'
export { createIndexEpochs, type IndexEpochs } from './index-epochs.ts'
export { type EpochIndex, type Indexes } from './indexes.ts'
export { isKeysAway, KeysAway } from './keys-away.ts'
export { makeRingFile, readRingFile, replaceRingFile, type RingPlace } from './key-ring-file.ts'
export { addressBeginnings, addressLookup, nameBeginnings, typedAddresses, typedNames } from './address-index.ts'
export {
  addressOfContact,
  nameOfContact,
  NOTHING_SEALED,
  openLongText,
  openTexts,
  placeIn,
  type StoredText,
} from './sealed-columns.ts'
export { lexemesOf, wordsOf, type Word } from './words.ts'
