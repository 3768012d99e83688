import { useI18n } from 'vue-i18n'

/** The audit names kinds by code and conversations by `#` and their number; the page says both in its language. */
export function useObjectWords(): { kindOf: (kind: string) => string; labelOf: (label: string) => string } {
  const { t, te } = useI18n()
  return {
    kindOf: (kind) => (te(`audit.object_kind.${kind}`) ? t(`audit.object_kind.${kind}`) : kind),
    labelOf: (label) => (/^#\d+$/.test(label) ? t('kit.number', { number: label.slice(1) }) : label),
  }
}
