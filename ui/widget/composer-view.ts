import type { Result } from './api.ts'
import { element, setAttribute, setText } from './element.ts'
import { icon } from './icons.ts'
import type { Language, Texts } from './texts.ts'
import type { ChatFile } from './thread-state.ts'
import { createUploadList } from './upload-list.ts'

/** As long as the server takes. */
const TEXT_LENGTH_MAX = 8_000
const HEIGHT_PX_MAX = 132
const FAULT_SHOWN_MS = 6_000

export interface ComposerView {
  readonly root: HTMLElement
  focus(): void
  /** Files that were dropped anywhere on the panel. */
  addFiles(files: Iterable<File>): void
}

interface ComposerOptions {
  readonly texts: Texts
  readonly language: Language
  readonly sizeBytesMax: number
  readonly upload: (file: File) => Promise<Result<ChatFile>>
  readonly onSend: (text: string, files: ChatFile[]) => void
  readonly onTyping: () => void
}

/** Enter sends and Shift+Enter makes a line; on a touch keyboard Enter makes a line, because there is no Shift at hand. */
export const createComposerView = (options: ComposerOptions): ComposerView => {
  const { texts } = options
  const touch = window.matchMedia('(pointer: coarse)').matches
  const fault = element('p', { class: 'fault', role: 'alert', hidden: true })
  let faultTimer = 0

  const say = (text: string): void => {
    setText(fault, text)
    fault.hidden = false
    window.clearTimeout(faultTimer)
    faultTimer = window.setTimeout(() => {
      fault.hidden = true
    }, FAULT_SHOWN_MS)
  }

  const uploads = createUploadList({ ...options, onChange: () => settle(), onFault: say })

  const input = element('textarea', {
    class: 'writing',
    rows: 1,
    maxlength: TEXT_LENGTH_MAX,
    placeholder: texts.placeholder,
    'aria-label': texts.message,
    enterkeyhint: touch ? 'enter' : 'send',
    on: {
      input: () => {
        settle()
        if (input.value.trim() !== '') options.onTyping()
      },
      keydown: (event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch) return
        event.preventDefault()
        submit()
      },
      paste: (event) => {
        const files = [...(event.clipboardData?.files ?? [])]
        if (files.length === 0) return
        event.preventDefault()
        uploads.add(files)
      },
    },
  })
  const picker = element('input', {
    type: 'file',
    multiple: true,
    class: 'unseen',
    tabindex: -1,
    'aria-hidden': 'true',
    on: {
      change: () => {
        uploads.add([...(picker.files ?? [])])
        picker.value = ''
        input.focus()
      },
    },
  })
  const attach = element(
    'button',
    { class: 'tool', type: 'button', 'aria-label': texts.attach, title: texts.attach, on: { click: () => picker.click() } },
    icon('clip'),
  )
  const send = element(
    'button',
    { class: 'send', type: 'button', 'aria-label': texts.send, title: texts.send, on: { click: () => submit() } },
    icon('send'),
  )

  const mayLeave = (): boolean => !uploads.busy && (input.value.trim() !== '' || uploads.count > 0)

  const settle = (): void => {
    setAttribute(send, 'aria-disabled', mayLeave() ? null : 'true')
    input.style.height = 'auto'
    input.style.height = `${Math.min(HEIGHT_PX_MAX, input.scrollHeight)}px`
    input.style.overflowY = input.scrollHeight > HEIGHT_PX_MAX ? 'auto' : 'hidden'
  }

  const submit = (): void => {
    if (!mayLeave()) return
    options.onSend(input.value.trim(), uploads.take())
    input.value = ''
    settle()
    input.focus()
  }

  settle()
  return {
    root: element(
      'div',
      { class: 'composer' },
      uploads.root,
      fault,
      element('div', { class: 'writing-row' }, attach, picker, input, send),
    ),
    focus: () => input.focus(),
    addFiles: (files) => uploads.add(files),
  }
}
