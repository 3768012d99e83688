import { isAbsolute } from 'node:path'
import { nameOf, type RawConfig } from './read-env.ts'

export const BLOB_PLACES = ['table', 'folder', 's3'] as const
export type BlobPlace = (typeof BLOB_PLACES)[number]

export interface S3Place {
  /** `http` or `https`, host and port; buckets are its first folder. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly keyId: string
  readonly secretKey: string
}

/** New blobs go into the first; the others are still read. The table is always there. */
export interface BlobsConfig {
  readonly places: readonly [BlobPlace, ...BlobPlace[]]
  /** Absolute. */
  readonly folder: string | null
  readonly s3: S3Place | null
}

/** As `BlobsConfig`, before files are read: `credentialsFile` as it was given. */
export interface BlobsSettings {
  readonly places: BlobsConfig['places']
  readonly folder: string | null
  readonly s3: (Omit<S3Place, 'keyId' | 'secretKey'> & { readonly credentialsFile: string }) | null
}

/** What most stores beside Amazon's own answer to. */
const REGION_DEFAULT = 'us-east-1'
/** As Amazon names buckets, without dots: those do not go with certificates. */
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/
const REGION = /^[a-z0-9-]{1,64}$/
const FOLDER_PREFIX = 'folder:'

type Given = Pick<RawConfig, 'blobs' | 's3Endpoint' | 's3Bucket' | 's3Region' | 's3CredentialsFile'>

/** Faults are lines without values. */
export const parseBlobs = (given: Given): { settings: BlobsSettings; faults: string[] } => {
  const faults: string[] = []
  const places: BlobPlace[] = []
  let folder: string | null = null
  const name = nameOf('blobs')
  for (const entry of (given.blobs ?? 'table').split(',').map((part) => part.trim())) {
    const place = entry.startsWith(FOLDER_PREFIX) ? 'folder' : entry
    if (place !== 'table' && place !== 's3' && place !== 'folder') {
      faults.push(`${name} is no list of table, folder:/path and s3`)
      break
    }
    if (places.includes(place)) faults.push(`${name} names ${place} twice: new blobs go into the first, all others are read`)
    places.push(place)
    if (place !== 'folder') continue
    folder = entry.slice(FOLDER_PREFIX.length)
    if (!entry.startsWith(FOLDER_PREFIX) || !isAbsolute(folder)) {
      faults.push(`${name} names a folder without its absolute path: folder:/path`)
    }
  }
  const [first = 'table', ...rest] = places
  const s3 = places.includes('s3') ? s3Of(given, faults) : unused(given, faults)
  return { settings: { places: [first, ...rest], folder, s3 }, faults }
}

const s3Of = (given: Given, faults: string[]): BlobsSettings['s3'] => {
  const { s3Endpoint = '', s3Bucket = '', s3Region = REGION_DEFAULT, s3CredentialsFile = '' } = given
  for (const [variable, value] of [
    ['s3Endpoint', s3Endpoint],
    ['s3Bucket', s3Bucket],
    ['s3CredentialsFile', s3CredentialsFile],
  ] as const) {
    if (value === '') faults.push(`${nameOf('blobs')} names s3, ${nameOf(variable)} is not set`)
  }
  if (s3Endpoint !== '' && !isOrigin(s3Endpoint)) {
    faults.push(`${nameOf('s3Endpoint')} is not an address such as https://s3.example.ru:9000, without user, path and query`)
  }
  if (s3Bucket !== '' && !BUCKET.test(s3Bucket)) {
    faults.push(`${nameOf('s3Bucket')} is not a bucket's name: 3 to 63 of a-z, 0-9 and -`)
  }
  if (!REGION.test(s3Region)) faults.push(`${nameOf('s3Region')} is not a region's name`)
  return {
    endpoint: isOrigin(s3Endpoint) ? new URL(s3Endpoint).origin : '',
    bucket: s3Bucket,
    region: s3Region,
    credentialsFile: s3CredentialsFile,
  }
}

/** A store that was forgotten in the list would lie idle, and nobody would learn of it. */
const unused = (given: Given, faults: string[]): null => {
  for (const variable of ['s3Endpoint', 's3Bucket', 's3Region', 's3CredentialsFile'] as const) {
    if (given[variable] !== undefined) faults.push(`${nameOf(variable)} is set, ${nameOf('blobs')} does not name s3`)
  }
  return null
}

const isOrigin = (value: string): boolean => {
  if (!URL.canParse(value)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(value)
  return /^https?:$/.test(protocol) && pathname === '/' && [username, password, search, hash].every((part) => part === '')
}
