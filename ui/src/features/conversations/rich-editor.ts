import { shallowRef, type Component, type ShallowRef } from 'vue'

/** The editor of formatted text once it has been needed; null before. */
export const richEditor: ShallowRef<Component | null> = shallowRef(null)

/** Brings the editor (125 KB). Where that fails the plain field stays, and the next focus tries again. */
export async function loadRichEditor(): Promise<void> {
  if (richEditor.value) return
  try {
    richEditor.value = (await import('./RichEditor.vue')).default
  } catch {
    richEditor.value = null
  }
}
