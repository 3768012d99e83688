import { nextTick } from 'vue'
import { createI18n } from 'vue-i18n'
import { russianPlural } from './plural.ts'

export type Locale = 'ru' | 'en'
type Messages = Record<string, unknown>

/** Each in its own words, as a choice among them. */
export const LANGUAGES: readonly { value: Locale; label: string }[] = [
  { value: 'ru', label: 'Русский' },
  { value: 'en', label: 'English' },
]

/**
 * What every page needs comes with the language in one file; a desk's own words (`<language>/<name>.json`) come with the desk that
 * names them in its `messages`.
 */
const BASE = {
  ru: () => import('./base-ru.ts'),
  en: () => import('./base-en.ts'),
} as const
const EXTRA = import.meta.glob<Messages>(['./{ru,en}/*.json', '!./{ru,en}/{kit,errors,shell}.json'], { import: 'default' })
const STORED = 'oco.locale'

// eslint-disable-next-line @typescript-eslint/no-deprecated -- until version 12 the other way is the default and must be refused in words
export const i18n = createI18n<false>({ legacy: false, locale: 'ru', fallbackLocale: false, pluralRules: { ru: russianPlural } })
const wanted = new Set<string>()

export const currentLocale = (): Locale => (i18n.global.locale.value === 'en' ? 'en' : 'ru')

/** The language before anybody has signed in: the last one used here, else the browser's, else Russian. */
export function guessLocale(): Locale {
  const stored = localStorage.getItem(STORED)
  if (stored === 'ru' || stored === 'en') return stored
  return navigator.languages.some((language) => language.startsWith('ru')) || !navigator.language.startsWith('en') ? 'ru' : 'en'
}

export async function setLocale(locale: Locale): Promise<void> {
  await loadInto(locale, [...wanted])
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  localStorage.setItem(STORED, locale)
  await nextTick()
}

/** Makes the named message files ready in the language of the page and, later, in every language it is switched to. */
export async function loadMessages(names: readonly string[]): Promise<void> {
  for (const name of names) wanted.add(name)
  await loadInto(currentLocale(), names)
}

async function loadInto(locale: Locale, names: readonly string[]): Promise<void> {
  const known: Messages = i18n.global.getLocaleMessage(locale)
  if (!('kit' in known)) i18n.global.mergeLocaleMessage(locale, (await BASE[locale]()).default)
  const missing = names.filter((name) => !(name in known))
  const loaded = await Promise.all(missing.map(async (name) => [name, await EXTRA[`./${locale}/${name}.json`]?.()] as const))
  for (const [name, messages] of loaded) if (messages) i18n.global.mergeLocaleMessage(locale, { [name]: messages })
}
