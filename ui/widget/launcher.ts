import { element, setAttribute, setText } from './element.ts'
import { icon } from './icons.ts'
import type { Texts } from './texts.ts'

const COUNT_SHOWN_MAX = 99

export interface Launcher {
  readonly root: HTMLElement
  focus(): void
  update(state: { open: boolean; unread: number }): void
}

/** The button that stays on the page. Its name says how many messages wait, because a badge alone is silent. */
export const createLauncher = ({ texts, onToggle }: { texts: Texts; onToggle: () => void }): Launcher => {
  const badge = element('span', { class: 'badge', 'aria-hidden': 'true' })
  const button = element(
    'button',
    { class: 'launcher', type: 'button', 'aria-haspopup': 'dialog', on: { click: onToggle } },
    element('span', { class: 'launcher-chat' }, icon('chat')),
    element('span', { class: 'launcher-close' }, icon('down')),
    badge,
  )
  return {
    root: button,
    focus: () => button.focus(),
    update({ open, unread }) {
      const name = open ? texts.closeChat : texts.openChat
      setAttribute(button, 'aria-label', unread > 0 && !open ? `${name}. ${texts.unread(unread)}` : name)
      setAttribute(button, 'aria-expanded', String(open))
      setText(badge, unread > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : String(unread))
      badge.hidden = unread === 0 || open
    },
  }
}
