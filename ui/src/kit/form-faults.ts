import type { ErrorCode } from '@oco/contract/names'
import { nextTick, ref, shallowRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { faultsOfProblem, type FieldOfCode } from './problem-faults.ts'
import type { Fault, Faults } from './rules.ts'

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

/** Says of a field only that something is wrong with it. */
const UNSPECIFIC: ErrorCode = 'invalid_input'

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
    const said = [fault.key, fault.code].find((code) => code && code !== UNSPECIFIC && te(`errors.${code}.title`))
    return said ? t(`errors.${said}.title`) : t('form.refused')
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
