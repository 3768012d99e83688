import type { TokenView } from '@oco/contract'
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { call } from '../../api/client.ts'
import { keys } from '../../api/query-keys.ts'

export const useTokens = (): UseQueryReturnType<TokenView[], Error> =>
  useQuery({ queryKey: keys.tokens, queryFn: async ({ signal }) => (await call('listTokens', {}, { signal })).rows })
