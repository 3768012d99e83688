/**
 * Which charset the bytes of a text really are in. Labels lie, most of all in Russian mail: windows-1251 sent as iso-8859-1 or
 * as nothing at all, koi8-r named windows-1251, UTF-8 named koi8-r. Eight-bit encodings of Cyrillic are told apart by how much
 * the outcome looks like Russian.
 */

/** A sample is enough to tell. */
const SAMPLE_BYTES = 64 * 1024
const CYRILLIC = ['windows-1251', 'koi8-r', 'iso-8859-5', 'ibm866'] as const
/** By how much another charset must look more Russian than the labelled one before the label is set aside. */
const DOUBT = 25
/** So many letters are needed to contradict a label that says Cyrillic. */
const WITNESSES = 12
/** Below this a text is not taken for Russian at all. Right readings reach 70 and more, wrong ones stay under 35. */
const RUSSIAN = 45

/** Per mille of each letter in Russian text (National Corpus), 32 letters and ё. */
const LETTERS = new Map(
  Object.entries({
    ...{ о: 109, е: 84, а: 80, и: 73, н: 67, т: 63, с: 54, р: 47, в: 45, л: 44, к: 34, м: 32, д: 29, п: 28, у: 26, я: 20, ы: 19 },
    ...{ ь: 17, г: 16, з: 16, б: 15, ч: 14, й: 12, х: 9, ж: 9, ш: 7, ю: 6, ц: 4, щ: 3, э: 3, ф: 2, ъ: 1, ё: 12 },
  }),
)

/** The most frequent pairs of letters: about half of all pairs in Russian text, one in fifteen of chance pairs. */
const PAIRS = new Set(
  (
    'ст но ен то на ов ни ра во ко по пр ре ал ли ро ос не ер ет ел ть та ан го ом ва ка ол ес ор от ав он де ри за ти ло ин ть ' +
    'ла да ед ие те ит об мо со ог ми ик се ым их ий ый ая ое ле ма ас ам ил ки ть ся вс ру бы до ве ив из ки ме нн сл че ры чё щё её лё нё тё рё ёт ём ён'
  ).split(' '),
)

/** A charset that serves better than the label; null where the label serves. */
export const betterCharset = (label: string | null, bytes: Uint8Array): string | null => {
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (!sample.some((byte) => byte >= 0x80)) return null
  const named = knownCharset(label)
  if (isUtf8(sample)) return named === 'utf-8' || isMultiByte(named) ? null : 'utf-8'
  if (isMultiByte(named)) return null
  const guess = guessCyrillic(sample)
  if (named === null || named === 'utf-8') return guess.score >= RUSSIAN ? guess.charset : 'windows-1252'
  if (guess.charset === named || guess.score < RUSSIAN) return null
  // Few letters look like anything: a label that speaks of Cyrillic is then the better witness.
  if (isCyrillic(named) && sample.filter((byte) => byte >= 0x80).length < WITNESSES) return null
  return guess.score > russianScore(decode(named, sample)) + DOUBT ? guess.charset : null
}

/** Text of bytes that carry no label, such as raw eight-bit letters in a header. */
export const decodeUnlabelled = (bytes: Uint8Array): string => decode(betterCharset(null, bytes) ?? 'utf-8', bytes)

export const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    // A sample may end within a character: streaming lets that pass.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

const decode = (charset: string, bytes: Uint8Array): string => new TextDecoder(charset).decode(bytes)

/** The WHATWG name of a label; null for none, for ASCII (which high bytes belie) and for unknown ones. */
const knownCharset = (label: string | null): string | null => {
  if (label === null || /ascii|^ansi|^x-unknown$|^unknown/i.test(label.trim())) return null
  try {
    return new TextDecoder(label).encoding
  } catch {
    return null
  }
}

const isCyrillic = (charset: string): boolean => /^(windows-1251|koi8|iso-8859-5|ibm866|x-mac-cyrillic)/.test(charset)

const isMultiByte = (charset: string | null): boolean =>
  charset !== null && /^(utf-16|gb|big5|euc-|shift_jis|iso-2022)/.test(charset)

const guessCyrillic = (sample: Uint8Array): { charset: string; score: number } => {
  let best = { charset: 'windows-1251', score: -Infinity }
  for (const charset of CYRILLIC) {
    const score = russianScore(decode(charset, sample))
    if (score > best.score) best = { charset, score }
  }
  return best
}

const isUpper = (character: string): boolean => character !== character.toLowerCase()

/** How Russian the characters beyond ASCII look, independent of length: frequent letters and pairs, and sane capitals. */
const russianScore = (text: string): number => {
  let high = 0
  let letters = 0
  let pairs = 0
  let pairsKnown = 0
  let odd = 0
  let before = ' '
  for (const character of text) {
    if (character > '\u007f') {
      high++
      const lower = character.toLowerCase()
      const frequency = LETTERS.get(lower)
      if (frequency !== undefined) letters += frequency
      else if (!/[«»—–№…“”„‘’•§©®°\u00a0]/.test(character)) odd++
      const neighbour = before.toLowerCase()
      if (frequency !== undefined && LETTERS.has(neighbour)) {
        pairs++
        if (PAIRS.has(neighbour + lower)) pairsKnown++
        if (isUpper(character) && !isUpper(before)) odd++
      }
      if (/[a-z]/i.test(before)) odd++
    }
    before = character
  }
  if (high === 0) return 0
  return letters / high + (pairs === 0 ? 0 : (60 * pairsKnown) / pairs) - (80 * odd) / high
}
