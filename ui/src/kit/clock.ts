import { onScopeDispose, ref, type Ref } from 'vue'

/**
 * The page's only clock. It follows the server's: a workstation whose own clock is wrong must not show a wrong countdown.
 * One timer serves every countdown and relative time on the page, and none runs while nobody looks at one.
 */
const TICK_MS = 1_000
let offsetMs = 0
let timer: ReturnType<typeof setInterval> | null = null
let watchers = 0
const tick = ref(Date.now())

/** Milliseconds since the epoch, by the server's clock. */
export const nowMs = (): number => Date.now() + offsetMs

/** Learns the server's clock from an answer that carries it. Differences below a second are the line's, not the clock's. */
export function followServerTime(serverTime: string): void {
  const differenceMs = Date.parse(serverTime) - Date.now()
  if (Number.isFinite(differenceMs)) offsetMs = Math.abs(differenceMs) < 1_000 ? 0 : differenceMs
}

/** The moment now, renewed each second while the component lives. */
export function useNow(): Readonly<Ref<number>> {
  watchers += 1
  if (!timer) {
    tick.value = nowMs()
    timer = setInterval(() => (tick.value = nowMs()), TICK_MS)
  }
  onScopeDispose(() => {
    watchers -= 1
    if (watchers > 0 || !timer) return
    clearInterval(timer)
    timer = null
  })
  return tick
}
