import { onScopeDispose, ref, type Ref } from 'vue'

/** The mode for a screen on the wall. Where the browser refuses the whole screen, the page still fills its window. */
export function useFullScreen(): { on: Readonly<Ref<boolean>>; toggle: () => Promise<void> } {
  const on = ref(false)

  function follow(): void {
    if (!document.fullscreenElement) on.value = false
  }
  function onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !document.fullscreenElement) on.value = false
  }
  document.addEventListener('fullscreenchange', follow)
  document.addEventListener('keydown', onKey)
  onScopeDispose(() => {
    document.removeEventListener('fullscreenchange', follow)
    document.removeEventListener('keydown', onKey)
    if (document.fullscreenElement) void document.exitFullscreen()
  })

  async function toggle(): Promise<void> {
    on.value = !on.value
    if (on.value) await document.documentElement.requestFullscreen().catch(() => undefined)
    else if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined)
  }
  return { on, toggle }
}
