import { computed, onBeforeUnmount, onMounted, ref, type ComputedRef, type Ref } from 'vue'

/** Rows of one height of which only those near the screen are in the page. Pure: the first and the one after the last to show. */
export function rowsInSight(view: { scrollTop: number; height: number; rowHeight: number; count: number; spare: number }): {
  from: number
  to: number
} {
  const from = Math.floor(view.scrollTop / view.rowHeight) - view.spare
  const to = Math.ceil((view.scrollTop + view.height) / view.rowHeight) + view.spare
  return { from: Math.max(0, Math.min(from, view.count)), to: Math.max(0, Math.min(to, view.count)) }
}

/** Where to scroll so that a row is wholly seen; null where it is already. */
export function scrollToSee(view: { scrollTop: number; height: number; rowHeight: number }, index: number): number | null {
  const top = index * view.rowHeight
  if (top < view.scrollTop) return top
  const below = top + view.rowHeight - view.height
  return below > view.scrollTop ? below : null
}

export interface RowWindow {
  range: ComputedRef<{ from: number; to: number }>
  see(index: number): void
}

const SPARE_ROWS = 8

/** Follows the scrolling of an element. A list of one row height needs no measuring, so a library of 10 KB is not worth it here. */
export function useRowWindow(scroller: Readonly<Ref<HTMLElement | null>>, rowHeight: number, count: () => number): RowWindow {
  const scrollTop = ref(0)
  const height = ref(0)
  const look = (): void => {
    scrollTop.value = scroller.value?.scrollTop ?? 0
    height.value = scroller.value?.clientHeight ?? 0
  }
  const observer = new ResizeObserver(look)
  onMounted(() => {
    look()
    scroller.value?.addEventListener('scroll', look, { passive: true })
    if (scroller.value) observer.observe(scroller.value)
  })
  onBeforeUnmount(() => observer.disconnect())
  return {
    range: computed(() =>
      rowsInSight({ scrollTop: scrollTop.value, height: height.value, rowHeight, count: count(), spare: SPARE_ROWS }),
    ),
    see(index) {
      const target = scrollToSee({ scrollTop: scrollTop.value, height: height.value, rowHeight }, index)
      if (target !== null) scroller.value?.scrollTo({ top: target })
    },
  }
}
