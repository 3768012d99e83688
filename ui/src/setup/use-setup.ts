import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useWebchatDefaults } from '../features/channels/use-webchat-defaults.ts'
import { ownTimeZone } from '../features/settings/time-zones.ts'
import { currentLocale } from '../i18n/index.ts'
import { emptySetup, restored, SETUP_STEPS, withoutSecrets, type SetupForm, type SetupStep } from './setup-form.ts'

const KEPT = 'oco.setup'

export interface Setup {
  form: Ref<SetupForm>
  step: Ref<SetupStep>
  /** Steps that may be gone to: all before the first that has never been left, and that one. */
  reached: ComputedRef<ReadonlySet<SetupStep>>
  go: (step: SetupStep) => void
  next: () => void
  back: () => void
  forget: () => void
}

/** What was typed and where the person stands. Secrets live in the page alone, so a reload begins with the code again. */
export function useSetup(): Setup {
  const { t } = useI18n()
  const webchat = useWebchatDefaults()
  const fresh = emptySetup({
    locale: currentLocale(),
    timeZone: ownTimeZone(),
    mailName: t('channels.default_name.email'),
    webchatName: t('channels.default_name.webchat'),
    queueName: t('setup.queue.default'),
    webchat: webchat(),
  })
  const form = ref(restored(sessionStorage.getItem(KEPT), fresh))
  const step = ref<SetupStep>('code')
  const farthest = ref(0)
  const place = computed(() => SETUP_STEPS.indexOf(step.value))

  watch(form, (now) => sessionStorage.setItem(KEPT, JSON.stringify(withoutSecrets(now))), { deep: true })

  function go(to: SetupStep): void {
    step.value = to
    farthest.value = Math.max(farthest.value, SETUP_STEPS.indexOf(to))
  }
  return {
    form,
    step,
    reached: computed(() => new Set(SETUP_STEPS.slice(0, farthest.value + 1))),
    go,
    next: () => go(SETUP_STEPS[place.value + 1] ?? step.value),
    back: () => go(SETUP_STEPS[place.value - 1] ?? step.value),
    forget: () => sessionStorage.removeItem(KEPT),
  }
}
