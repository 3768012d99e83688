import type { PersonView } from '@oco/contract'
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { call } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'

export const usePeople = (): UseQueryReturnType<PersonView[], Error> =>
  useQuery({ queryKey: keys.people, queryFn: async ({ signal }) => (await call('listPeople', {}, { signal })).rows })

/** What else shows people: members of queues, the board. */
export async function renewPeople(): Promise<void> {
  await Promise.all([keys.people, keys.queues, keys.board].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}
