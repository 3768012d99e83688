import { env } from 'node:process'

export interface Random {
  readonly seed: number
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
}

/**
 * Randomness that can be repeated: `OCO_TEST_SEED` gives the seed, a test prints it when it fails. The generator is mulberry32 by
 * Tommy Ettinger: 32 bits of state, good enough to shake things up.
 */
export const createRandom = (seed: number = Number(env['OCO_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    seed,
    below,
    chance: (probability) => next() < probability,
    pick(list) {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new RangeError('nothing to pick from')
      return picked
    },
  }
}
