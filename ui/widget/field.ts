import { element, setAttribute, setText } from './element.ts'

export interface Field {
  readonly root: HTMLElement
  readonly input: HTMLInputElement
  /** null: nothing is wrong with it. */
  fault(text: string | null): void
}

interface FieldOptions {
  readonly id: string
  readonly label: string
  readonly type: 'text' | 'email'
  readonly autocomplete: string
  readonly required: boolean
  /** Beside the label. */
  readonly mark?: string
  readonly hint?: string
}

/** A labelled input whose fault stands below it and is read with it. */
export const createField = ({ id, label, type, autocomplete, required, mark, hint }: FieldOptions): Field => {
  const input = element('input', {
    class: 'input',
    id,
    type,
    name: id,
    autocomplete,
    maxlength: type === 'email' ? 200 : 120,
    'aria-required': required ? 'true' : null,
    'aria-describedby': `${id}-fault${hint === undefined ? '' : ` ${id}-hint`}`,
    on: { input: () => fault(null) },
  })
  const below = element('p', { class: 'fault', id: `${id}-fault`, hidden: true })
  const fault = (text: string | null): void => {
    setAttribute(input, 'aria-invalid', text === null ? null : 'true')
    setText(below, text ?? '')
    below.hidden = text === null
  }
  const root = element(
    'div',
    { class: 'field' },
    element('label', { for: id }, label, mark === undefined ? null : element('span', { class: 'mark', text: ` · ${mark}` })),
    input,
    below,
    hint === undefined ? null : element('p', { class: 'hint', id: `${id}-hint`, text: hint }),
  )
  return { root, input, fault }
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/
/** A slip of the finger is told at once; whether the address exists, only a letter can tell. */
export const looksLikeEmail = (text: string): boolean => EMAIL.test(text)
