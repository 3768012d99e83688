import type { BoardView } from '@oco/contract'
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { watch } from 'vue'
import { call } from '../../api/client.ts'
import { createCoalescer } from '../../api/coalesce.ts'
import { useLive } from '../../api/live.ts'
import { keys } from '../../api/query-keys.ts'
import { followServerTime } from '../../kit/index.ts'

/** The board is counted anew by the database each time: however much happens, no page asks more often. */
const RENEW_WINDOW_MS = 1_000
/** Overdue and "today" change by the clock alone. */
const REFETCH_MS = 10_000

/** The board, live. Its name is its own, so that a burst of events renews it once a second and never cuts a question off. */
export function useBoard(): UseQueryReturnType<BoardView, Error> {
  const board = useQuery({
    queryKey: ['board-page'],
    queryFn: ({ signal }) => call('readBoard', {}, { signal }),
    refetchInterval: REFETCH_MS,
    refetchIntervalInBackground: true,
    staleTime: 0,
  })
  const renew = createCoalescer(
    () => void board.refetch({ cancelRefetch: false }),
    RENEW_WINDOW_MS,
    (run, ms) => void setTimeout(run, ms),
  )
  useLive((effect) => {
    const concerned = effect.kind === 'reload' || (effect.kind === 'renew' && effect.keys.some((key) => key[0] === keys.board[0]))
    if (concerned) renew(['board'])
  })
  watch(
    () => board.data.value?.at,
    (at) => at && followServerTime(at),
    { immediate: true },
  )
  return board
}
