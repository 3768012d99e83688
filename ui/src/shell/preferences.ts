import { computed, reactive, ref, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

/** Habits of this workstation: they stay in its browser and say nothing about a customer. */
export interface Preferences {
  theme: Theme
  sound: boolean
  singleKeys: boolean
  /** The column beside a conversation. */
  contextOpen: boolean
}

const STORED = 'oco.preferences'
const DEFAULTS: Preferences = { theme: 'system', sound: false, singleKeys: true, contextOpen: true }

function stored(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '{}') as Partial<Preferences>
  } catch {
    return {}
  }
}

export const preferences = reactive<Preferences>({ ...DEFAULTS, ...stored() })

const systemDark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(systemDark.matches)
systemDark.addEventListener('change', (event) => (systemIsDark.value = event.matches))
/** What the page looks like now, whoever decided it. */
export const dark = computed(() => preferences.theme === 'dark' || (preferences.theme === 'system' && systemIsDark.value))

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function applyPreferences(): void {
  show(preferences.theme)
  watch(preferences, (now) => {
    show(now.theme)
    localStorage.setItem(STORED, JSON.stringify(now))
  })
}
