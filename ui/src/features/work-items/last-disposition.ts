let last: string | null = null

/** The disposition that was given last on this page; null after a reload. */
export const lastDisposition = (): string | null => last

export function rememberDisposition(id: string | null): void {
  last = id
}
