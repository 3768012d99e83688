import type { ChannelView } from '@oco/contract'
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { call } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'

export const useChannels = (): UseQueryReturnType<ChannelView[], Error> =>
  useQuery({ queryKey: keys.channels, queryFn: async ({ signal }) => (await call('listChannels', {}, { signal })).rows })

/** What else shows channels: queues name those that lead to them, the board shows their state. */
export async function renewChannels(): Promise<void> {
  await Promise.all([keys.channels, keys.queues, keys.board].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}
