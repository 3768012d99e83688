/**
 * Why a blob cannot be written or read.
 *
 * - `chunk_missing`: the blob is in the database, one of its chunks is nowhere.
 * - `damaged`: what lies there is not what was written: a checksum or a size differs.
 * - `store_unavailable`: the store did not answer in time, or answered that it cannot now; later may help.
 * - `store_refused`: the store answers and will not: credentials, bucket, rights, a full disk. The operator's to mend.
 * - `erased`: the key under which it was sealed was destroyed.
 * - `place_unknown`: the blob lies in a place that the configuration does not name.
 */
export type BlobFaultCode = 'chunk_missing' | 'damaged' | 'store_unavailable' | 'store_refused' | 'erased' | 'place_unknown'

/** `message` names the blob and the place; never bytes, never credentials. */
export class BlobFault extends Error {
  readonly code: BlobFaultCode

  constructor(code: BlobFaultCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options)
    this.name = 'BlobFault'
    this.code = code
  }
}
