/** The widget's only source of time and chance. */
export interface Clock {
  nowMs(): number
  /** From 0 up to 1. */
  random(): number
}

export const browserClock: Clock = {
  nowMs: () => Date.now(),
  random: () => randomBytes(4).reduce((sum, byte) => (sum + byte) / 256, 0),
}

/** A key that no other page makes. `randomUUID` is missing on pages without https, which have a chat all the same. */
export const newKey = (): string => Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')

const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count))
