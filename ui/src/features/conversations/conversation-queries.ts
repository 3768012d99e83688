import type { ConversationRow, ConversationView } from '@oco/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { call } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'
import { mergeConversation } from './thread.ts'
import { addMessages } from './unsent.ts'

export const VIEWS = ['mine', 'queue', 'pending', 'resolved', 'all'] as const
export type View = (typeof VIEWS)[number]
const PAGE_ROWS = 50

export function useConversationList(view: () => View) {
  const query = useInfiniteQuery({
    queryKey: computed(() => keys.conversationList(view())),
    queryFn: ({ pageParam, signal }) =>
      call(
        'listConversations',
        { query: { view: view(), limit: PAGE_ROWS, ...(pageParam ? { cursor: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })
  const rows: ComputedRef<readonly ConversationRow[]> = computed(() =>
    unique(query.data.value?.pages.flatMap((page) => page.rows) ?? []),
  )
  return { query, rows }
}

/** A conversation that moves while pages are read may stand on two of them. */
const unique = (rows: readonly ConversationRow[]): ConversationRow[] => [...new Map(rows.map((row) => [row.id, row])).values()]

export function useConversation(id: () => string) {
  return useQuery({
    queryKey: computed(() => keys.conversation(id())),
    queryFn: async ({ queryKey, signal }) => {
      const fresh = await call('readConversation', { params: { id: queryKey[1] ?? '' } }, { signal })
      return mergeConversation(queryClient.getQueryData<ConversationView>(queryKey), fresh)
    },
  })
}

/** Fetches what is newer than the page has, or a message that changed; a conversation that is not held is left alone. */
export async function fetchNewMessages(conversationId: string, changedMessageId: string | null): Promise<void> {
  const view = queryClient.getQueryData<ConversationView>(keys.conversation(conversationId))
  if (!view) return
  const changed = view.messages.find(({ id }) => id === changedMessageId)
  const afterSequence = changed ? changed.sequence - 1 : (view.messages.at(-1)?.sequence ?? 0)
  const { messages } = await call('listMessages', {
    params: { id: conversationId },
    query: { afterSequence: Math.max(0, afterSequence), limit: changed ? 1 : PAGE_ROWS },
  })
  addMessages(conversationId, messages)
}

export async function fetchOlderMessages(view: ConversationView): Promise<void> {
  if (view.olderCursor === null) return
  const page = await call('listMessages', { params: { id: view.id }, query: { cursor: view.olderCursor, limit: PAGE_ROWS } })
  addMessages(view.id, page.messages)
  queryClient.setQueryData<ConversationView>(
    keys.conversation(view.id),
    (now) => now && { ...now, olderCursor: page.olderCursor },
  )
}
