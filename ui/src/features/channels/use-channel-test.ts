import type { ChannelSettings, TestStep } from '@oco/contract'
import { computed, ref, shallowRef, type ComputedRef, type Ref } from 'vue'

export interface ChannelTest {
  steps: Readonly<Ref<readonly TestStep[] | null>>
  running: Readonly<Ref<boolean>>
  error: Readonly<Ref<unknown>>
  /** The settings on the screen are no longer those that were tried. */
  stale: ComputedRef<boolean>
  passed: ComputedRef<boolean>
  run: () => Promise<void>
  clear: () => void
}

type Attempt = (settings: ChannelSettings) => Promise<{ steps: TestStep[] }>

/** One test of settings that are still being typed. A later test forgets an earlier one that has not answered yet. */
export function useChannelTest(settings: () => ChannelSettings, attempt: Attempt): ChannelTest {
  const steps = shallowRef<readonly TestStep[] | null>(null)
  const running = ref(false)
  const error = shallowRef<unknown>(null)
  const tried = ref('')
  let latest = 0
  const stale = computed(() => steps.value !== null && tried.value !== JSON.stringify(settings()))

  async function run(): Promise<void> {
    const own = ++latest
    const sent = settings()
    running.value = true
    error.value = null
    try {
      const answer = await attempt(sent)
      if (own !== latest) return
      steps.value = answer.steps
      tried.value = JSON.stringify(sent)
    } catch (problem) {
      if (own === latest) error.value = problem
    } finally {
      if (own === latest) running.value = false
    }
  }

  function clear(): void {
    latest += 1
    steps.value = null
    error.value = null
    running.value = false
  }

  return {
    steps,
    running,
    error,
    stale,
    passed: computed(() => !stale.value && (steps.value?.every((step) => step.ok) ?? false)),
    run,
    clear,
  }
}
