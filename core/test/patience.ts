/** So long a test waits for what must come. Only a test that fails ever waits to the end, so a slow machine has all the time it needs. */
export const PATIENCE_MS = 60_000
