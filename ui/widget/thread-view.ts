import type { ChatView } from './chat-client.ts'
import type { Clock } from './clock.ts'
import { element, setText } from './element.ts'
import { dayKey, formatDay } from './format.ts'
import { icon } from './icons.ts'
import { createMessageView, lineOf, pendingLine, type Line, type MessageOptions, type MessageView } from './message-view.ts'

/** So close to the end counts as reading along. */
const AT_END_PX = 48
/** Bubbles of one author stand together when they follow each other this soon. */
const GROUP_MS = 5 * 60_000

export interface ThreadView {
  readonly root: HTMLElement
  update(view: ChatView): void
  /** Shows the end, as after opening. */
  toEnd(): void
}

interface ThreadOptions extends Omit<MessageOptions, 'onGrown'> {
  readonly greeting: string
  readonly clock: Clock
}

/** The conversation, growing downwards; whoever has scrolled up is left in peace and told that there is more below. */
export const createThreadView = (options: ThreadOptions): ThreadView => {
  const { texts, language, clock } = options
  const views = new Map<string, MessageView>()
  const days = new Map<string, HTMLElement>()
  const list = element('ol', { class: 'messages', 'aria-label': texts.conversation })
  const greeting = options.greeting === '' ? null : element('p', { class: 'greeting', text: options.greeting })
  const loading = element('p', { class: 'loading', text: texts.loading })
  const typing = element('div', { class: 'typing', hidden: true }, dots(), element('span'))
  const scroller = element(
    'div',
    { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': texts.conversation, on: { scroll: () => settle() } },
    greeting,
    loading,
    list,
    typing,
  )
  const newBelow = element(
    'button',
    { class: 'new-below', type: 'button', hidden: true, on: { click: () => toEnd() } },
    icon('down'),
    texts.newBelow,
  )
  let lastKey = ''
  let wasAtEnd = true

  const atEnd = (): boolean => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END_PX
  const toEnd = (): void => {
    scroller.scrollTop = scroller.scrollHeight
    settle()
  }
  const settle = (): void => {
    wasAtEnd = atEnd()
    if (wasAtEnd) newBelow.hidden = true
  }
  // A keyboard that comes up, a form that opens above: the end stays in sight.
  new ResizeObserver(() => {
    if (wasAtEnd) toEnd()
  }).observe(scroller)
  const messageOptions: MessageOptions = {
    ...options,
    onGrown: () => {
      if (wasAtEnd) toEnd()
    },
  }

  const nodesOf = (lines: readonly Line[]): HTMLElement[] => {
    const now = new Date(clock.nowMs())
    return lines.flatMap((line, index) => {
      const before = lines[index - 1]
      const newDay = before === undefined || dayKey(before.at) !== dayKey(line.at)
      const view = views.get(line.key) ?? createMessageView(line, messageOptions)
      views.set(line.key, view)
      const after = lines[index + 1]
      view.update(line, { first: newDay || !groups(before, line), last: after === undefined || !groups(line, after) })
      return newDay ? [dayNode(line.at, now), view.root] : [view.root]
    })
  }

  const dayNode = (at: Date, now: Date): HTMLElement => {
    const key = dayKey(at)
    const node = days.get(key) ?? element('li', { class: 'day' }, element('span'))
    days.set(key, node)
    if (node.firstElementChild !== null) setText(node.firstElementChild, formatDay(at, now, language, texts))
    return node
  }

  return {
    root: element('div', { class: 'thread' }, scroller, newBelow),
    toEnd,
    update({ thread, loaded, typing: author }) {
      const followed = wasAtEnd
      const lines = [
        ...thread.messages.map((message) => lineOf(message, texts)),
        ...thread.pending.map((message) => pendingLine(message, texts)),
      ]
      arrange(list, nodesOf(lines))
      for (const key of [...views.keys()].filter((known) => !lines.some((line) => line.key === known))) views.delete(key)
      loading.hidden = loaded || lines.length > 0
      typing.hidden = author === null
      if (typing.lastElementChild !== null) setText(typing.lastElementChild, author === null ? '' : texts.typing(author))
      const last = lines.at(-1)
      const grew = last !== undefined && last.key !== lastKey
      lastKey = last?.key ?? ''
      if (followed || (grew && last.own)) toEnd()
      else if (grew) newBelow.hidden = false
    },
  }
}

const groups = (before: Line, line: Line): boolean =>
  before.own === line.own && before.author === line.author && line.at.getTime() - before.at.getTime() < GROUP_MS

/** Puts the nodes into this order and drops the rest; what stands right already is not touched. */
const arrange = (list: HTMLElement, nodes: readonly HTMLElement[]): void => {
  let place: Node | null = list.firstChild
  for (const node of nodes) {
    if (node === place) place = place.nextSibling
    else list.insertBefore(node, place)
  }
  while (place !== null) {
    const next: Node | null = place.nextSibling
    list.removeChild(place)
    place = next
  }
}

const dots = (): HTMLElement =>
  element('span', { class: 'dots', 'aria-hidden': 'true' }, element('i'), element('i'), element('i'))
