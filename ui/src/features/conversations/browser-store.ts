/** localStorage that never throws: it may be full, or switched off. What does not fit stays in memory alone. */
export interface BrowserStore {
  read(key: string): unknown
  write(key: string, value: unknown): void
  remove(key: string): void
  keys(prefix: string): string[]
}

export function createBrowserStore(storage: Storage): BrowserStore {
  return {
    read(key) {
      try {
        return JSON.parse(storage.getItem(key) ?? 'null') as unknown
      } catch {
        return null
      }
    },
    write(key, value) {
      try {
        storage.setItem(key, JSON.stringify(value))
      } catch {
        storage.removeItem(key)
      }
    },
    remove: (key) => storage.removeItem(key),
    keys: (prefix) => Object.keys(storage).filter((key) => key.startsWith(prefix)),
  }
}
