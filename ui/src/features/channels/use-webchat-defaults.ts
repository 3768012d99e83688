import { useI18n } from 'vue-i18n'
import type { WebchatForm } from './webchat-form.ts'

/** What a new web chat starts with, in the language of the page. */
export function useWebchatDefaults(): () => WebchatForm {
  const { t } = useI18n()
  return () => ({
    title: t('channels.webchat.default_title'),
    greeting: t('channels.webchat.default_greeting'),
    askEmail: 'optional',
    consentText: t('channels.webchat.default_consent'),
    origins: '',
  })
}
