import { useQuery } from '@tanstack/vue-query'
import { call } from '../../api/client.ts'
import { keys } from '../../api/query-keys.ts'
import { followServerTime } from '../../kit/index.ts'

/** Offers, counts, and the targets of a transfer; its answer also sets the page's clock by the server's. */
export const useDesk = () =>
  useQuery({
    queryKey: keys.desk,
    queryFn: async ({ signal }) => {
      const desk = await call('readDesk', {}, { signal })
      followServerTime(desk.serverTime)
      return desk
    },
  })
