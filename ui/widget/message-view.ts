import type { ChatMessage } from '@oco/contract'
import { attachmentView, type AttachmentOptions } from './attachment-view.ts'
import { element, setAttribute, setText } from './element.ts'
import { formatTime, initialsOf } from './format.ts'
import { icon, type IconName } from './icons.ts'
import { richText } from './rich-text.ts'
import type { Language, Texts } from './texts.ts'
import type { ChatFile, PendingMessage } from './thread-state.ts'

/** One line of the thread, whatever it came from. */
export interface Line {
  /** Stays the same when a pending message comes back from the server. */
  readonly key: string
  readonly own: boolean
  readonly author: string
  readonly text: string
  readonly at: Date
  readonly files: readonly ChatFile[]
  readonly state: PendingMessage['state'] | null
}

export interface MessageOptions extends AttachmentOptions {
  readonly texts: Texts
  readonly language: Language
  readonly onDiscard: (clientKey: string) => void
}

export interface MessageView {
  readonly root: HTMLElement
  update(line: Line, place: { first: boolean; last: boolean }): void
}

export const lineOf = (message: ChatMessage, texts: Texts): Line => {
  const own = message.from === 'visitor'
  return {
    key: message.clientKey ?? message.id,
    own,
    author: own ? texts.you : message.author || texts.support,
    text: message.text,
    at: new Date(message.at),
    files: message.attachments,
    state: own ? 'stored' : null,
  }
}

export const pendingLine = (message: PendingMessage, texts: Texts): Line => ({
  key: message.clientKey,
  own: true,
  author: texts.you,
  text: message.text,
  at: new Date(message.atMs),
  files: message.files,
  state: message.state,
})

const STATE_ICONS: Readonly<Record<PendingMessage['state'], IconName>> = { waiting: 'clock', stored: 'check', refused: 'alert' }

/** A bubble. Only its state and its place in a group ever change. */
export const createMessageView = (line: Line, options: MessageOptions): MessageView => {
  const { texts, language } = options
  const author = element('span', { class: line.own ? 'unseen' : 'author', text: line.author })
  const avatar = line.own ? null : element('span', { class: 'avatar', 'aria-hidden': 'true', text: initialsOf(line.author) })
  const state = element('span', { class: 'state', role: 'img' })
  const discard = element('button', {
    class: 'discard',
    type: 'button',
    text: texts.discard,
    hidden: true,
    on: { click: () => options.onDiscard(line.key) },
  })
  const time = element('time', { class: 'time', datetime: line.at.toISOString(), text: formatTime(line.at, language) })
  const root = element(
    'li',
    { class: `message ${line.own ? 'own' : 'theirs'}` },
    avatar,
    element(
      'div',
      { class: 'column' },
      author,
      line.text === '' ? null : element('div', { class: 'bubble' }, ...richText(line.text)),
      ...line.files.map((file) => attachmentView(file, options)),
      element('div', { class: 'below' }, discard, time, line.own ? state : null),
    ),
  )
  return {
    root,
    update(next, { first, last }) {
      root.classList.toggle('first', first)
      // The time stands once a group, and wherever the visitor must know what became of a message.
      root.classList.toggle('quiet', !last && next.state !== 'waiting' && next.state !== 'refused')
      root.classList.toggle('refused', next.state === 'refused')
      discard.hidden = next.state !== 'refused'
      setText(time, formatTime(next.at, language))
      if (next.state === null || state.dataset['state'] === next.state) return
      state.dataset['state'] = next.state
      setAttribute(state, 'aria-label', texts[next.state])
      setAttribute(state, 'title', texts[next.state])
      state.replaceChildren(icon(STATE_ICONS[next.state]))
    },
  }
}
