import type { Cipher } from '../operations.ts'

/** What the thread of `bulk.ts` does. Bytes are copied to it and moved back. */
export type BulkJob =
  | {
      readonly kind: 'pbkdf2'
      readonly password: Uint8Array
      readonly salt: Uint8Array
      readonly rounds: number
      readonly bytes: number
    }
  | {
      readonly kind: 'mgm'
      readonly direction: 'seal' | 'open'
      readonly cipher: Cipher
      readonly key: Uint8Array
      readonly pieces: readonly BulkPiece[]
    }

/** One text under one nonce; `tag` is empty where it is to be made. */
export interface BulkPiece {
  readonly nonce: Uint8Array
  readonly bound: Uint8Array
  readonly text: Uint8Array
  readonly tag: Uint8Array
}

export interface BulkRequest {
  readonly id: number
  readonly job: BulkJob
}

export type BulkAnswer = { readonly id: number } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly BulkPiece[] }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string }
)
