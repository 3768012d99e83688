import type { ImapFlow } from 'imapflow'
import { assert } from '../../kernel/assert.ts'
import { headerOf } from './letter-scan.ts'
import { idOfBytes, messageIdOf } from './letter-thread.ts'
import { MAIL_SIZE_BYTES_MAX } from './limits.ts'
import type { Search } from './mailbox-cursor.ts'

/** Enough of a letter that is not read to know its Message-ID. */
const HEAD_SAMPLE_BYTES = 64 * 1024

export interface ListedLetter {
  readonly uid: number
  /** As the server says; not believed when the bytes are fetched. */
  readonly sizeBytes: number
  readonly takenAt: Date | null
}

/** An opened mailbox in the few calls that the receiver needs. Every one of them throws when the connection is lost. */
export interface Mailbox {
  readonly uidValidity: string
  /** Opens it once more: only so does a server say that it was made anew meanwhile. */
  reopen(): Promise<void>
  /** Every letter that comes later has at least this UID. */
  readonly uidNext: number
  /** The UIDs that this search finds, ascending. */
  find(search: Search): Promise<number[]>
  /** Without those that have gone meanwhile. */
  list(uids: readonly number[]): Promise<ListedLetter[]>
  /** At most one byte more than a letter may have; null: it has gone meanwhile. */
  fetch(uid: number): Promise<Buffer | null>
  /** The id by which a letter is known that is too large to be fetched; null: it has gone meanwhile. */
  idOf(uid: number): Promise<string | null>
  /** False where the mailbox cannot keep flags. */
  markSeen(uid: number): Promise<boolean>
}

export const openMailbox = async (client: ImapFlow, path: string): Promise<Mailbox> => {
  let opened = await client.mailboxOpen(path)
  return {
    get uidValidity() {
      return String(opened.uidValidity)
    },
    get uidNext() {
      return client.mailbox === false ? opened.uidNext : client.mailbox.uidNext
    },
    reopen: async () => {
      opened = await client.mailboxOpen(path)
    },
    find: async (search) => {
      const found = await client.search(queryOf(search), { uid: true })
      assert(Array.isArray(found), 'an opened mailbox can be searched')
      // `5:*` always names the last letter, even where its UID is 3.
      const from = search.kind === 'after' ? search.uid : 0
      return found.filter((uid) => uid > from).sort((a, b) => a - b)
    },
    list: async (uids) => {
      const rows = await client.fetchAll([...uids], { uid: true, size: true, internalDate: true }, { uid: true })
      return rows
        .map(({ uid, size, internalDate }) => ({ uid, sizeBytes: size ?? 0, takenAt: dateOf(internalDate) }))
        .sort((a, b) => a.uid - b.uid)
    },
    fetch: async (uid) => {
      const row = await client.fetchOne(uid, { source: { start: 0, maxLength: MAIL_SIZE_BYTES_MAX + 1 } }, { uid: true })
      return row === false ? null : (row.source ?? null)
    },
    idOf: async (uid) => {
      const head = { key: 'HEADER', start: 0, maxLength: HEAD_SAMPLE_BYTES }
      const row = await client.fetchOne(uid, { bodyParts: [head] }, { uid: true })
      if (row === false) return null
      // The library files a whole header under `headers`, even where only its beginning was asked for.
      const bytes = row.headers ?? Buffer.alloc(0)
      return messageIdOf(headerOf(bytes.toString('latin1'), 'message-id')) ?? idOfBytes(bytes)
    },
    markSeen: (uid) => client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true, silent: true }),
  }
}

const queryOf = (search: Search): Parameters<ImapFlow['search']>[0] => {
  switch (search.kind) {
    case 'after':
      return { uid: `${search.uid + 1}:*` }
    case 'unseen':
      return { seen: false }
    case 'again':
      return search.since === null ? { all: true } : { or: [{ seen: false }, { since: search.since }] }
  }
}

const dateOf = (value: Date | string | undefined): Date | null => {
  if (value === undefined) return null
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? null : at
}
