import type { ChatConfig } from './api.ts'
import type { ChatView } from './chat-client.ts'
import { element, setText } from './element.ts'
import { icon } from './icons.ts'
import type { Texts } from './texts.ts'
import type { TranscriptView } from './transcript-view.ts'

const NARROW = '(max-width: 480px), (max-height: 480px)'
const FOCUSABLE = 'a[href], button, input, textarea, [tabindex="0"]'

export interface Panel {
  readonly root: HTMLElement
  readonly isOpen: boolean
  open(): void
  close(): void
  /** Puts the form or the conversation into the panel. */
  show(content: readonly HTMLElement[]): void
  update(view: ChatView, inChat: boolean): void
}

interface PanelOptions {
  readonly config: ChatConfig
  readonly texts: Texts
  readonly transcript: TranscriptView
  readonly onTranscript: () => void
  readonly onClose: () => void
  readonly onFiles: (files: Iterable<File>) => void
}

/**
 * The window of the chat: beside the page where there is room, over all of it on a phone, where it holds the focus as well.
 * Escape closes the innermost thing that is open.
 */
export const createPanel = (options: PanelOptions): Panel => {
  const { config, texts, transcript } = options
  const narrow = window.matchMedia(NARROW)
  const status = element('p', { class: 'status' }, element('span', { class: 'dot', 'aria-hidden': 'true' }), element('span'))
  const letter = element(
    'button',
    {
      class: 'tool',
      type: 'button',
      'aria-label': texts.transcript,
      title: texts.transcript,
      hidden: true,
      on: { click: options.onTranscript },
    },
    icon('letter'),
  )
  const minimise = element(
    'button',
    { class: 'tool', type: 'button', 'aria-label': texts.closeChat, title: texts.closeChat, on: { click: options.onClose } },
    icon('down'),
  )
  const banner = element(
    'p',
    { class: 'banner', role: 'status', hidden: true },
    icon('offline'),
    element('span', { text: texts.offline }),
  )
  const content = element('div', { class: 'content' })
  const drop = element('div', { class: 'drop', hidden: true }, icon('clip'), element('span', { text: texts.dropHere }))
  const root = element(
    'div',
    { class: 'panel', role: 'dialog', 'aria-labelledby': 'oco-title', tabindex: -1, hidden: true },
    element(
      'header',
      { class: 'header' },
      element('div', { class: 'titles' }, element('h2', { id: 'oco-title', text: config.title }), status),
      letter,
      minimise,
    ),
    banner,
    transcript.root,
    content,
    drop,
  )
  let inChat = false
  trapKeys(root, narrow, () => (transcript.isOpen ? transcript.close() : options.onClose()))
  takeDrops(root, drop, (files) => {
    if (inChat) options.onFiles(files)
  })

  return {
    root,
    get isOpen() {
      return !root.hidden
    },
    open() {
      root.hidden = false
      root.setAttribute('aria-modal', String(narrow.matches))
    },
    close() {
      root.hidden = true
      transcript.close()
    },
    show(nodes) {
      content.replaceChildren(...nodes)
    },
    update(view, chatting) {
      inChat = chatting
      banner.hidden = !view.offline
      status.hidden = view.offline || !chatting || !view.loaded
      status.classList.toggle('online', view.agentsOnline)
      if (status.lastElementChild !== null)
        setText(status.lastElementChild, view.agentsOnline ? texts.agentsOnline : texts.agentsAway)
      letter.hidden = !chatting || !view.canSendTranscript || view.thread.messages.length === 0
      transcript.update(view)
    },
  }
}

const trapKeys = (root: HTMLElement, narrow: MediaQueryList, onEscape: () => void): void => {
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      onEscape()
    }
    if (event.key !== 'Tab' || !narrow.matches) return
    const stops = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
      (stop) => stop.offsetParent !== null && stop.tabIndex >= 0,
    )
    const [first, last] = [stops[0], stops.at(-1)]
    const focused = (root.getRootNode() as ShadowRoot).activeElement
    const leaves = event.shiftKey ? focused === first || focused === root : focused === last
    if (!leaves) return
    event.preventDefault()
    const target = event.shiftKey ? last : first
    target?.focus()
  })
}

const takeDrops = (root: HTMLElement, drop: HTMLElement, onFiles: (files: Iterable<File>) => void): void => {
  const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
  root.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    drop.hidden = false
  })
  root.addEventListener('dragleave', (event) => {
    if (!(event.relatedTarget instanceof Node) || !root.contains(event.relatedTarget)) drop.hidden = true
  })
  root.addEventListener('drop', (event) => {
    drop.hidden = true
    if (!holdsFiles(event)) return
    event.preventDefault()
    onFiles([...(event.dataTransfer?.files ?? [])])
  })
}
