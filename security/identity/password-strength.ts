/** Why a password is refused; the page has a sentence for each. */
export type PasswordWeakness = 'too_short' | 'has_login' | 'too_common'

export const PASSWORD_CHARACTERS_MIN = 12
/** So many characters must be left when everything that comes first to mind has been taken out. */
const OWN_CHARACTERS_MIN = 4

/** null where the password may be used. Length counts characters, not bytes, so that a Russian phrase counts as what it is. */
export const checkPassword = (password: string, login: string): PasswordWeakness | null => {
  const plain = password.normalize('NFKC').toLowerCase()
  if (Array.from(plain).length < PASSWORD_CHARACTERS_MIN) return 'too_short'
  if (ownCharacters(plain) < OWN_CHARACTERS_MIN) return 'too_common'
  const rest = plain.replaceAll(login.normalize('NFKC').toLowerCase(), '')
  if (rest !== plain && ownCharacters(rest) < OWN_CHARACTERS_MIN) return 'has_login'
  return null
}

/** Words that lists of stolen passwords begin with, English, Russian, and Russian typed on the English layout. */
const COMMON_WORDS = [
  ...[
    'password',
    'passw0rd',
    'p@ssw0rd',
    'p@ssword',
    'passwd',
    'pass',
    'secret',
    'letmein',
    'welcome',
    'login',
    'access',
    'default',
  ],
  ...['administrator', 'admin', 'superuser', 'root', 'user', 'guest', 'test', 'demo', 'changeme', 'master', 'operator', 'agent'],
  ...['supervisor', 'manager', 'support', 'service', 'desk', 'qwerty', 'monkey', 'dragon', 'football', 'baseball', 'sunshine'],
  ...['princess', 'iloveyou', 'trustno1', 'superman', 'batman', 'shadow', 'michael', 'jordan', 'hello', 'freedom', 'whatever'],
  ...['samsung', 'google', 'windows', 'server', 'computer', 'internet', 'company', 'office', 'moscow', 'russia', 'summer'],
  ...['winter', 'spring', 'autumn', 'january', 'correcthorsebatterystaple', 'correct', 'horse', 'battery', 'staple'],
  ...[
    'пароль',
    'секрет',
    'администратор',
    'админ',
    'оператор',
    'агент',
    'супервизор',
    'пользователь',
    'тест',
    'привет',
    'любовь',
  ],
  ...[
    'россия',
    'москва',
    'наташа',
    'марина',
    'максим',
    'андрей',
    'александр',
    'сергей',
    'дмитрий',
    'солнышко',
    'зенит',
    'спартак',
  ],
  ...['лето', 'зима', 'весна', 'осень', 'йцукен', 'gfhjkm', 'ghbdtn', 'k.,jdm', 'vjcrdf', 'yfnfif', 'flvby', 'cjkysirj'],
].sort((a, b) => b.length - a.length)

/** Keys in their order; a run of four or more of one row, either way, is no effort for anybody. */
const ROWS = [
  ...['1234567890-=', '01234567890', 'qwertyuiop[]', "asdfghjkl;'", 'zxcvbnm,./', 'йцукенгшщзхъ', 'фывапролджэ', 'ячсмитьбю.'],
  ...['!@#$%^&*()_+', '!"№;%:?*()_+', 'abcdefghijklmnopqrstuvwxyz', 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя', '1q2w3e4r5t6y7u8i9o0p'],
  ...['1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/', 'qazwsxedcrfvtgbyhnujm'],
]
const RUN_LENGTH_MIN = 4
const BOTH_WAYS = ROWS.flatMap((row) => [row, Array.from(row).reverse().join('')])

/** How many different characters are left beside common words, runs of keys, years and punctuation. */
const ownCharacters = (plain: string): number => {
  let rest = plain
  for (const word of COMMON_WORDS) rest = rest.replaceAll(word, ' ')
  rest = withoutRuns(rest)
  rest = rest.replace(/(19|20)\d\d/g, ' ')
  return new Set(rest.replace(/[\s\p{P}\p{S}]/gu, '')).size
}

const withoutRuns = (text: string): string => {
  let kept = ''
  for (let at = 0; at < text.length;) {
    const run = runAt(text, at)
    kept += run === 0 ? text.charAt(at) : ' '
    at += Math.max(run, 1)
  }
  return kept
}

const runAt = (text: string, at: number): number => {
  for (let length = text.length - at; length >= RUN_LENGTH_MIN; length--) {
    const part = text.slice(at, at + length)
    if (BOTH_WAYS.some((row) => row.includes(part))) return length
  }
  return 0
}
