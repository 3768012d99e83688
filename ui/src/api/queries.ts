import { QueryClient } from '@tanstack/vue-query'
import { ApiProblem } from './problem.ts'

/** Live events renew what changed, so an answer may be shown again without asking for so long. */
const FRESH_MS = 30_000
const KEPT_MS = 10 * 60_000
const ATTEMPTS_MAX = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      gcTime: KEPT_MS,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (count, error) =>
        count < ATTEMPTS_MAX && error instanceof ApiProblem && error.passing && error.code !== 'unreachable',
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
