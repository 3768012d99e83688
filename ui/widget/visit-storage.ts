import type { PendingMessage } from './thread-state.ts'

/** What the visitor's browser keeps of a visit. The secret opens the visitor's own conversation and nothing else. */
export interface StoredVisit {
  readonly visitId: string
  readonly secret: string
  readonly name: string
  readonly email: string | null
  /** When something was last said. */
  readonly activeAtMs: number
}

export interface VisitStorage {
  readVisit(): StoredVisit | null
  writeVisit(visit: StoredVisit | null): void
  readSeen(): number
  writeSeen(sequence: number): void
  /** In the order of writing. */
  readPending(): PendingMessage[]
  writePending(message: PendingMessage): void
  removePending(clientKey: string): void
  /** Another page of the same site has changed something. */
  onForeignChange(act: () => void): void
}

/** No cookies. A browser that refuses to keep anything still has a chat for as long as the page is open. */
export const visitStorage = (channelId: string, pages: Window): VisitStorage => {
  const prefix = `oco-chat.${channelId}.`
  const store = usable(pages)
  const read = (key: string): unknown => {
    try {
      return JSON.parse(store.getItem(prefix + key) ?? 'null')
    } catch {
      return null
    }
  }
  const write = (key: string, value: unknown): void => {
    try {
      if (value === null) store.removeItem(prefix + key)
      else store.setItem(prefix + key, JSON.stringify(value))
    } catch {
      // Full: the page goes on without it.
      return
    }
  }
  const pendingKeys = (): string[] =>
    Array.from({ length: store.length }, (_, index) => store.key(index) ?? '').filter((key) =>
      key.startsWith(`${prefix}pending.`),
    )

  return {
    // Written by this file alone.
    readVisit: () => read('visit') as StoredVisit | null,
    writeVisit: (visit) => write('visit', visit),
    readSeen: () => Number(read('seen') ?? 0),
    writeSeen: (sequence) => write('seen', sequence),
    // A key each, so that two pages never overwrite each other's.
    readPending: () =>
      pendingKeys()
        .map((key) => read(key.slice(prefix.length)) as PendingMessage | null)
        .filter((message) => message !== null)
        .sort((a, b) => a.atMs - b.atMs),
    writePending: (message) => write(`pending.${message.clientKey}`, message),
    removePending: (clientKey) => write(`pending.${clientKey}`, null),
    onForeignChange(act) {
      pages.addEventListener('storage', (event) => {
        if (event.key?.startsWith(prefix) === true) act()
      })
    },
  }
}

const usable = (pages: Window): Storage => {
  try {
    const probe = 'oco-chat.probe'
    pages.localStorage.setItem(probe, '1')
    pages.localStorage.removeItem(probe)
    return pages.localStorage
  } catch {
    return memoryStorage()
  }
}

export const memoryStorage = (): Storage => {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => {
      items.clear()
    },
  }
}
