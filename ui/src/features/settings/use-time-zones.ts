import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { nowMs } from '../../kit/clock.ts'
import { timeZoneOptions, type TimeZoneOption } from './time-zones.ts'

export function useTimeZones(current: () => string): ComputedRef<TimeZoneOption[]> {
  const { t, te } = useI18n()
  return computed(() =>
    timeZoneOptions(current(), nowMs(), (zone) => {
      const key = `settings.zone.${zone.replaceAll('/', '_')}`
      return te(key) ? t(key) : null
    }),
  )
}
