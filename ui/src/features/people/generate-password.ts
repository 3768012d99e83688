/** Without characters that look alike on paper or through a phone: no 0 O o, 1 l I, no signs that keyboards hide. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const GROUPS = 4
const GROUP_LENGTH = 5

/** Gives so many random 32-bit numbers; `crypto.getRandomValues` in the page. */
export type RandomNumbers = (count: number) => Uint32Array

export const pageRandom: RandomNumbers = (count) => crypto.getRandomValues(new Uint32Array(count))

/**
 * Four groups of five: 20 characters of 56, about 116 bits, easy to read out. Numbers that would favour the first characters are
 * drawn anew.
 */
export function generatePassword(random: RandomNumbers): string {
  const characters: string[] = []
  const fair = Math.floor(0x1_0000_0000 / ALPHABET.length) * ALPHABET.length
  while (characters.length < GROUPS * GROUP_LENGTH) {
    for (const number of random(GROUPS * GROUP_LENGTH - characters.length)) {
      if (number < fair) characters.push(ALPHABET.charAt(number % ALPHABET.length))
    }
  }
  return Array.from({ length: GROUPS }, (_, group) =>
    characters.slice(group * GROUP_LENGTH, (group + 1) * GROUP_LENGTH).join(''),
  ).join('-')
}
