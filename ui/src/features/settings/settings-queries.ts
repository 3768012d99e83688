import type { SettingsView } from '@oco/contract'
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { call } from '../../api/client.ts'
import { keys } from '../../api/query-keys.ts'

export const useSettings = (): UseQueryReturnType<SettingsView, Error> =>
  useQuery({ queryKey: keys.settings, queryFn: ({ signal }) => call('readSettings', {}, { signal }) })
