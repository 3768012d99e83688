import type { ChatView } from './chat-client.ts'
import { element, setAttribute, setText } from './element.ts'
import { createField, looksLikeEmail } from './field.ts'
import type { Texts } from './texts.ts'

export interface TranscriptView {
  readonly root: HTMLElement
  open(email: string | null): void
  close(): void
  readonly isOpen: boolean
  update(view: Pick<ChatView, 'transcript'>): void
}

interface TranscriptOptions {
  readonly texts: Texts
  readonly ask: (email: string) => void
  readonly onClosed: () => void
}

/** Asks where the conversation is to be sent, and says what became of it. */
export const createTranscriptView = ({ texts, ask, onClosed }: TranscriptOptions): TranscriptView => {
  const field = createField({
    id: 'oco-transcript',
    label: texts.transcript,
    type: 'email',
    autocomplete: 'email',
    required: true,
  })
  const button = element('button', { class: 'primary', type: 'submit', text: texts.transcriptSend })
  const outcome = element('p', { class: 'outcome', role: 'status' })
  const cancel = element('button', { class: 'plain', type: 'button', text: texts.cancel, on: { click: () => close() } })
  const root = element(
    'form',
    {
      class: 'transcript',
      novalidate: true,
      hidden: true,
      on: {
        submit: (event) => {
          event.preventDefault()
          const email = field.input.value.trim()
          if (!looksLikeEmail(email)) {
            field.fault(email === '' ? texts.emailNeeded : texts.emailWrong)
            field.input.focus()
          } else if (button.getAttribute('aria-disabled') !== 'true') ask(email)
        },
      },
    },
    field.root,
    outcome,
    element('div', { class: 'actions' }, cancel, button),
  )

  const close = (): void => {
    if (root.hidden) return
    root.hidden = true
    onClosed()
  }

  return {
    root,
    open(email) {
      root.hidden = false
      field.fault(null)
      if (field.input.value === '') field.input.value = email ?? ''
      field.input.focus()
    },
    close,
    get isOpen() {
      return !root.hidden
    },
    update({ transcript }) {
      setAttribute(button, 'aria-disabled', transcript === 'sending' ? 'true' : null)
      setText(button, transcript === 'sending' ? texts.transcriptSending : texts.transcriptSend)
      const said = {
        none: '',
        sending: '',
        queued: texts.transcriptQueued(field.input.value.trim()),
        refused: texts.transcriptRefused,
        too_often: texts.transcriptTooOften,
      }[transcript]
      setText(outcome, said)
      outcome.classList.toggle('bad', transcript === 'refused' || transcript === 'too_often')
      outcome.hidden = said === ''
    },
  }
}
