import type { ChatConfig, Form, Result, Started } from './api.ts'
import { element, setAttribute, setText } from './element.ts'
import { createField, looksLikeEmail, type Field } from './field.ts'
import { richText } from './rich-text.ts'
import type { Texts } from './texts.ts'

export interface FormView {
  readonly root: HTMLElement
  focus(): void
}

interface FormOptions {
  readonly config: ChatConfig
  readonly texts: Texts
  readonly pageUrl: string
  readonly start: (form: Form) => Promise<Result<Started>>
  readonly onStarted: (started: Started, form: Form) => void
  /** The words of the consent are other ones by now: the form is made anew from what is true. */
  readonly onConsentChanged: () => void
  readonly notice: string | null
}

/** The form before the chat. The consent is a box of its own that nobody has ticked for the visitor. */
export const createFormView = (options: FormOptions): FormView => {
  const { config, texts } = options
  const name = createField({ id: 'oco-name', label: texts.name, type: 'text', autocomplete: 'name', required: true })
  const email = config.askEmail === 'no' ? null : emailField(config.askEmail === 'required', texts)
  const consent = consentBox(config.consent.text, texts)
  const button = element('button', { class: 'primary', type: 'submit', text: texts.start })
  const notice = element('p', { class: 'notice', role: 'alert', text: options.notice ?? '', hidden: options.notice === null })

  const say = (text: string | null): void => {
    setText(notice, text ?? '')
    notice.hidden = text === null
  }

  const submit = async (): Promise<void> => {
    const form = read()
    if (form === null || button.getAttribute('aria-disabled') === 'true') return
    say(null)
    setAttribute(button, 'aria-disabled', 'true')
    setText(button, texts.starting)
    const result = await options.start(form)
    setAttribute(button, 'aria-disabled', null)
    setText(button, texts.start)
    if (result.kind === 'ok') options.onStarted(result.value, form)
    else if (result.kind === 'unreachable') say(texts.unreachable)
    else if (result.code === 'conflict') options.onConsentChanged()
    else say(result.code === 'rate_limited' ? texts.tooOften(result.retryAfterSeconds ?? 1) : texts.cannotStart)
  }

  /** Marks every fault, goes to the first one, and is null then. */
  const read = (): Form | null => {
    const given = email?.input.value.trim() ?? ''
    name.fault(name.input.value.trim() === '' ? texts.nameNeeded : null)
    email?.fault(emailFault(given, config.askEmail, texts))
    consent.fault(consent.input.checked ? null : texts.consentNeeded)
    const wrong = [name, email, consent].find((field) => field?.input.getAttribute('aria-invalid') === 'true')
    wrong?.input.focus()
    if (wrong !== undefined) return null
    return {
      name: name.input.value.trim(),
      email: given === '' ? null : given,
      consentVersion: config.consent.version,
      consent: true,
      pageUrl: options.pageUrl,
    }
  }

  const root = element(
    'form',
    {
      class: 'form',
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault()
          void submit()
        },
      },
    },
    config.greeting === '' ? null : element('p', { class: 'greeting', text: config.greeting }),
    element('p', { class: 'intro', text: texts.formIntro }),
    name.root,
    email?.root ?? null,
    consent.root,
    notice,
    button,
  )
  return { root, focus: () => name.input.focus() }
}

const emailField = (required: boolean, texts: Texts): Field =>
  createField({
    id: 'oco-email',
    label: texts.email,
    type: 'email',
    autocomplete: 'email',
    required,
    hint: texts.emailHint,
    ...(required ? {} : { mark: texts.optional }),
  })

const emailFault = (given: string, ask: ChatConfig['askEmail'], texts: Texts): string | null => {
  if (given === '') return ask === 'required' ? texts.emailNeeded : null
  return looksLikeEmail(given) ? null : texts.emailWrong
}

const consentBox = (text: string, texts: Texts): Field => {
  const input = element('input', {
    type: 'checkbox',
    id: 'oco-consent',
    'aria-required': 'true',
    'aria-describedby': 'oco-consent-fault',
    on: { change: () => fault(input.checked ? null : texts.consentNeeded) },
  })
  const below = element('p', { class: 'fault', id: 'oco-consent-fault', hidden: true })
  const fault = (found: string | null): void => {
    setAttribute(input, 'aria-invalid', found === null ? null : 'true')
    setText(below, found ?? '')
    below.hidden = found === null
  }
  const root = element(
    'div',
    { class: 'field' },
    element(
      'div',
      { class: 'consent' },
      input,
      element('label', { for: 'oco-consent', class: 'consent-text' }, ...richText(text)),
    ),
    below,
  )
  return { root, input, fault }
}
