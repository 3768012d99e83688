/**
 * A key by its place on the keyboard (`KeyboardEvent.code`), so that it works on a Russian layout too. `mod` is Ctrl, or Cmd on a Mac.
 */
export interface Shortcut {
  code: string
  mod?: boolean
  shift?: boolean
}

export interface PressedKey {
  code: string
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

export function matches(key: PressedKey, shortcut: Shortcut, isMac: boolean): boolean {
  const mod = isMac ? key.metaKey : key.ctrlKey
  const other = isMac ? key.ctrlKey : key.metaKey
  return (
    key.code === shortcut.code &&
    mod === (shortcut.mod ?? false) &&
    key.shiftKey === (shortcut.shift ?? false) &&
    !other &&
    !key.altKey
  )
}

const NAMES: Record<string, string> = { Slash: '/', Enter: 'Enter', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' }

/** How the shortcut is printed: `Ctrl+K`, `R`, `?`. */
export function labelOf(shortcut: Shortcut, isMac: boolean): string {
  if (shortcut.code === 'Slash' && shortcut.shift) return '?'
  const key = NAMES[shortcut.code] ?? shortcut.code.replace(/^(Key|Digit)/, '')
  return [shortcut.mod ? (isMac ? '⌘' : 'Ctrl') : null, shortcut.shift ? 'Shift' : null, key].filter(Boolean).join('+')
}

export interface KeyTarget {
  tagName: string
  isContentEditable: boolean
  type?: string
}

const BUTTON_LIKE = new Set(['checkbox', 'radio', 'button', 'submit', 'file'])

/** True where a plain letter would be typed into something. */
export function isTyping(target: KeyTarget | null): boolean {
  if (!target) return false
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true
  return target.tagName === 'INPUT' && !BUTTON_LIKE.has(target.type ?? 'text')
}
