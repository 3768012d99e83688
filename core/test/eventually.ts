import { PATIENCE_MS } from './patience.ts'

const TRY_EVERY_MS = 20

/** The first result of `look` that is neither an exception nor null; its last failure when the time has run out. */
export const eventually = async <T>(look: () => Promise<T | null>, withinMs = PATIENCE_MS): Promise<T> => {
  const endMs = performance.now() + withinMs
  for (;;) {
    let failure: unknown = new Error('nothing came of it in time')
    try {
      const result = await look()
      if (result !== null) return result
    } catch (error) {
      failure = error
    }
    if (performance.now() > endMs) throw failure
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS))
  }
}
