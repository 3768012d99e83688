import { nextTick, ref, shallowRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiProblem } from '../api/problem.ts'
import type { Fault, Faults } from './rules.ts'

/** Which field a code of the server belongs to: `{ login_taken: 'login' }`. */
export type FieldOfCode = Readonly<Record<string, string>>

export interface FormFaults {
  /** The words under a field, or null. */
  of: (field: string) => string | null
  /** Shows what a form found itself; true where nothing is wrong. */
  check: (faults: Faults) => boolean
  /** Shows what the server refused: at its fields where it names them, above the form where it does not. */
  refuse: (error: unknown, fieldOfCode?: FieldOfCode) => void
  clear: () => void
  /** What no field explains; shown above the form. */
  failure: Readonly<Ref<unknown>>
  count: () => number
}

/**
 * Faults of one form by field. `host` is the element whose first wrong field takes the focus. `ownWords` says what the common words
 * cannot, or null.
 */
export function useFormFaults(
  host: () => HTMLElement | null,
  ownWords: (fault: Fault) => string | null = () => null,
): FormFaults {
  const { t, te } = useI18n()
  const faults = ref<Faults>({})
  const failure = shallowRef<unknown>(null)

  function show(found: Faults): void {
    faults.value = found
    if (Object.keys(found).length === 0) return
    void nextTick(() => host()?.querySelector<HTMLElement>('[aria-invalid="true"]:is(input, textarea, button)')?.focus())
  }

  function words(fault: Fault): string {
    const own = ownWords(fault)
    if (own !== null) return own
    if (te(`form.${fault.key}`)) return t(`form.${fault.key}`, { ...fault.figures })
    return te(`errors.${fault.key}.title`) ? t(`errors.${fault.key}.title`) : t('form.refused')
  }

  return {
    of: (field) => {
      const fault = faults.value[field]
      return fault ? words(fault) : null
    },
    check: (found) => {
      failure.value = null
      show(found)
      return Object.keys(found).length === 0
    },
    refuse: (error, fieldOfCode = {}) => {
      const found = faultsOfProblem(error, fieldOfCode)
      failure.value = Object.keys(found).length > 0 ? null : error
      show(found)
    },
    clear: () => {
      faults.value = {}
      failure.value = null
    },
    failure,
    count: () => Object.keys(faults.value).length,
  }
}

/** The server names a field `body.settings.imap.host`; what is wrong with it is a word of the catalogue, or English for programs. */
export function faultsOfProblem(error: unknown, fieldOfCode: FieldOfCode = {}): Faults {
  if (!(error instanceof ApiProblem)) return {}
  const named = Object.entries(error.fields)
    .filter(([place]) => place.startsWith('body.'))
    .map(([place, fault]) => [place.slice('body.'.length), { key: /^[a-z_]+$/.test(fault) ? fault : 'refused' }] as const)
  if (named.length > 0) return Object.fromEntries(named)
  const field = fieldOfCode[error.code]
  return field ? { [field]: { key: error.code } } : {}
}
