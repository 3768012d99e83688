import { randomInt, timingSafeEqual } from 'node:crypto'

/** No letters that are read for one another. */
const SIGNS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const GROUPS = 3
const GROUP_LENGTH = 4
/** So many wrong codes, and the wizard stays shut until the next start. */
export const WRONG_CODES_MAX = 20

/** The one-time code that opens the first-run wizard: only who sees the start line can have it. */
export interface SetupCode {
  readonly code: string
  /** Counts a wrong one. */
  matches(given: string): boolean
}

export const createSetupCode = (random: (max: number) => number = randomInt): SetupCode => {
  const group = (): string => Array.from({ length: GROUP_LENGTH }, () => SIGNS[random(SIGNS.length)]).join('')
  const code = Array.from({ length: GROUPS }, group).join('-')
  let wrong = 0
  return {
    code,
    matches(given) {
      if (wrong >= WRONG_CODES_MAX) return false
      const right = Buffer.from(plain(code))
      const tried = Buffer.from(plain(given))
      const same = right.length === tried.length && timingSafeEqual(right, tried)
      if (!same) wrong++
      return same
    },
  }
}

const plain = (code: string): string => code.toUpperCase().replace(/[^A-Z0-9]/g, '')
