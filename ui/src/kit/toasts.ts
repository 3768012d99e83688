import { shallowRef } from 'vue'

export interface Toast {
  id: number
  tone: 'ok' | 'neutral' | 'danger'
  text: string
  detail?: string | null
  action?: { label: string; run: () => void } | undefined
}

const SHOWN_MS = 5_000
const SHOWN_WITH_ACTION_MS = 9_000
const TOASTS_MAX = 4
let last = 0
export const toasts = shallowRef<readonly Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()

/** Says that something has happened. Failures stay until closed; the rest go by themselves. */
export function toast(message: Omit<Toast, 'id'>): number {
  const id = ++last
  const repeated = toasts.value.find((one) => one.text === message.text && one.detail === message.detail)
  if (repeated) dismissToast(repeated.id)
  toasts.value = [...toasts.value, { ...message, id }].slice(-TOASTS_MAX)
  if (message.tone !== 'danger') resumeToast(id)
  return id
}

export function dismissToast(id: number): void {
  pauseToast(id)
  toasts.value = toasts.value.filter((one) => one.id !== id)
}

/** While the pointer or the focus is on a toast it does not go. */
export function pauseToast(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

export function resumeToast(id: number): void {
  const found = toasts.value.find((one) => one.id === id)
  if (!found || found.tone === 'danger') return
  pauseToast(id)
  timers.set(
    id,
    setTimeout(() => dismissToast(id), found.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS),
  )
}
