import { isId, timeOfId } from '../../kernel/ids.ts'
import { BlobFault } from '../blob-fault.ts'
import type { ChunkStore, Namespace } from '../chunk-store.ts'
import { sha256Hex, type S3Client } from './s3-client.ts'

/** A request waits mostly for the way there and back. */
const AT_ONCE_MAX = 6
const PAGE_KEYS_MAX = 1_000
const CHECKSUM = 'x-amz-meta-sha256'
/** Follows `/` in the order of keys: what begins after this is the next blob. */
const AFTER_SLASH = '0'

/**
 * An S3-compatible store, one object a chunk: `<namespace>/<blob>/<position>`. The store checks the signed sum of what it is given; the
 * same sum lies beside each object and is checked when it is read. Ids begin with their time, so that a list begins with the oldest.
 */
export const s3Chunks = ({ client, namespace }: { client: S3Client; namespace: Namespace }): ChunkStore => ({
  place: 's3',
  atOnceMax: AT_ONCE_MAX,
  async probe() {
    const { keys } = await list(client, { prefix: `${await namespace()}/`, 'max-keys': '1' })
    return keys.length > 0
  },

  async put(_tx, blobId, position, bytes) {
    const body = new Uint8Array(bytes)
    const key = `${await namespace()}/${blobId}/${String(position)}`
    const answer = await client({ method: 'PUT', key, body, headers: { [CHECKSUM]: sha256Hex(body) } })
    if (answer === null) throw new BlobFault('store_refused', `PUT of ${key}: no such key`)
  },

  settle: () => Promise.resolve(),

  async get(_db, blobId, position) {
    const key = `${await namespace()}/${blobId}/${String(position)}`
    const answer = await client({ method: 'GET', key })
    if (answer === null) return null
    if (answer.headers.get(CHECKSUM) !== sha256Hex(answer.body)) throw new BlobFault('damaged', `${key} is not what was written`)
    return answer.body
  },

  async remove(blobIds) {
    for (const blobId of blobIds) {
      const prefix = `${await namespace()}/${blobId}/`
      for (let after: string | undefined, more = true; more;) {
        const { keys, truncated } = await list(client, { prefix, ...(after === undefined ? {} : { 'start-after': after }) })
        for (let from = 0; from < keys.length; from += AT_ONCE_MAX) {
          const some = keys.slice(from, from + AT_ONCE_MAX)
          await Promise.all(some.map((key) => client({ method: 'DELETE', key })))
        }
        after = keys.at(-1)
        more = truncated && after !== undefined
      }
    }
  },

  async *lying(before) {
    const prefix = `${await namespace()}/`
    for (let after: string | undefined, more = true; more;) {
      const page = await list(client, { prefix, delimiter: '/', ...(after === undefined ? {} : { 'start-after': after }) })
      for (const folder of page.folders) {
        const id = folder.slice(prefix.length, -1)
        if (isId(id) && timeOfId(id) >= before) return
        if (isId(id)) yield id
      }
      const last = page.folders.at(-1)
      after = last === undefined ? undefined : last.slice(0, -1) + AFTER_SLASH
      more = page.truncated && after !== undefined
    }
  },
})

/** ListObjectsV2. Keys of ours hold nothing that XML or a URL would have to write otherwise; others' are left out. */
const list = async (
  client: S3Client,
  query: { prefix: string; delimiter?: string; 'start-after'?: string; 'max-keys'?: string },
): Promise<{ keys: string[]; folders: string[]; truncated: boolean }> => {
  const answer = await client({
    method: 'GET',
    key: '',
    query: { 'list-type': '2', 'max-keys': String(PAGE_KEYS_MAX), ...query },
  })
  const text = answer?.body.toString('utf8') ?? ''
  if (!/<ListBucketResult[\s>]/.test(text)) throw new BlobFault('store_refused', 'GET of the bucket: no list')
  const matches = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, key = '']) => key)
  return {
    keys: matches(/<Key>([0-9a-f-]{36}\/[0-9a-f-]{36}\/\d+)<\/Key>/g),
    truncated: text.includes('<IsTruncated>true</IsTruncated>'),
    folders: matches(/<CommonPrefixes>\s*<Prefix>([0-9a-f-]{36}\/[0-9a-f-]{36}\/)<\/Prefix>/g),
  }
}
