import type { QueueView } from '@oco/contract'
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { call } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'

export interface Named {
  id: string
  name: string
}

export const useQueues = (): UseQueryReturnType<QueueView[], Error> =>
  useQuery({ queryKey: keys.queues, queryFn: async ({ signal }) => (await call('listQueues', {}, { signal })).rows })

export const useSkills = (): UseQueryReturnType<Named[], Error> =>
  useQuery({ queryKey: keys.skills, queryFn: async ({ signal }) => (await call('listSkills', {}, { signal })).rows })

export const useDispositions = (): UseQueryReturnType<Named[], Error> =>
  useQuery({ queryKey: keys.dispositions, queryFn: async ({ signal }) => (await call('listDispositions', {}, { signal })).rows })

export async function renew(...names: ('queues' | 'skills' | 'dispositions')[]): Promise<void> {
  await Promise.all(names.map((name) => queryClient.invalidateQueries({ queryKey: keys[name] })))
}
