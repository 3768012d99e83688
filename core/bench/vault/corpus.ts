import type { Random } from '../../test/random.ts'

/** As many different words as a support desk's letters have in a year or so. */
const WORDS = 30_000
const [WORDS_MIN, WORDS_MAX] = [6, 22]
const SYLLABLES = 'ба ве го ду жи зо ку ла ме но пу ры са ти фе ха цо ша щу эр вы ял юк ин ост пре каз дет'.split(' ')

/** Texts whose words come as often as words do: the n-th commonest one n-th as often as the commonest (Zipf). */
export interface Corpus {
  text(): string
  /** A word as it comes in texts: common ones often. */
  word(): string
}

export const makeCorpus = (random: Random): Corpus => {
  const seen = new Set<string>()
  while (seen.size < WORDS) {
    seen.add(Array.from({ length: 2 + random.below(4) }, () => random.pick(SYLLABLES)).join(''))
  }
  const words = [...seen]
  // Sums of 1/n, to draw from by halving.
  const sums: number[] = []
  let sum = 0
  for (let rank = 1; rank <= WORDS; rank++) sums.push((sum += 1 / rank))
  const word = (): string => {
    const drawn = (random.below(2 ** 30) / 2 ** 30) * sum
    let [low, high] = [0, WORDS - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < drawn) low = middle + 1
      else high = middle
    }
    return words[low] ?? ''
  }
  return {
    word,
    text: () => Array.from({ length: WORDS_MIN + random.below(WORDS_MAX - WORDS_MIN) }, word).join(' '),
  }
}
