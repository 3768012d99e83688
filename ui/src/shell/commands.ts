import { computed, onScopeDispose, shallowReactive, type Component, type ComputedRef } from 'vue'
import { preferences } from './preferences.ts'
import { isTyping, labelOf, matches, type Shortcut } from './shortcut.ts'

/**
 * One act of the page under one name: the command palette, the keyboard, the help and the hints on buttons all read this list.
 * `reason`: why it cannot be done now; it is then listed with the reason and does nothing.
 */
export interface Command {
  id: string
  title: string
  group: string
  icon?: Component
  shortcut?: Shortcut
  reason?: string | null
  /** Only a key, not worth a line in the palette. */
  keyOnly?: boolean
  run: () => void
}

const sources = shallowReactive<(() => readonly Command[])[]>([])
export const isMac = /mac/i.test(navigator.platform)

/** What can be done now; what was announced last (the page that is open) comes first and wins a key from the frame. */
export const commands: ComputedRef<readonly Command[]> = computed(() => [...sources].reverse().flatMap((source) => source()))

/** Announces commands for as long as the calling component lives. The source is reactive. */
export function useCommands(source: () => readonly Command[]): void {
  const own = computed(source)
  const read = (): readonly Command[] => own.value
  sources.push(read)
  onScopeDispose(() => sources.splice(sources.indexOf(read), 1))
}

export const keysOf = (shortcut: Shortcut): string => labelOf(shortcut, isMac)

/** The key that does the same as a button, for its hint. */
export function keyHint(id: string): string | null {
  const found = commands.value.find((command) => command.id === id)
  return found?.shortcut ? keysOf(found.shortcut) : null
}

export function runCommand(command: Command): void {
  if (!command.reason) command.run()
}

/** Listens for keys on the whole page until the returned function is called. */
export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return
    const found = commands.value.find(({ shortcut }) => shortcut && matches(event, shortcut, isMac))
    if (!found?.shortcut || (!found.shortcut.mod && !plainKeysWork(event))) return
    event.preventDefault()
    runCommand(found)
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function plainKeysWork(event: KeyboardEvent): boolean {
  if (!preferences.singleKeys) return false
  const target = event.target instanceof HTMLElement ? event.target : null
  if (isTyping(target)) return false
  // Enter on a focused control is that control's own.
  if (
    event.code === 'Enter' &&
    target &&
    target !== document.body &&
    target.closest('button, a, [role="menuitem"], [role="option"], [tabindex]')
  )
    return false
  return !document.querySelector('[role="dialog"], [role="menu"], [role="listbox"][data-state="open"]')
}
