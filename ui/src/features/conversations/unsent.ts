import type { ConversationView, MessageView } from '@oco/contract'
import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { call } from '../../api/client.ts'
import { line } from '../../api/live.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'
import { session } from '../../api/session.ts'
import { unsentCount } from '../../api/unsent-count.ts'
import { createBrowserStore } from './browser-store.ts'
import { mergeMessages } from './thread.ts'
import { createUnsentQueue, type Unsent, type UnsentQueue } from './unsent-queue.ts'

const unsent = shallowRef<readonly Unsent[]>([])
let queue: UnsentQueue | null = null
let owner: string | null = null

/** The signed-in person's queue; opened at its first use, and anew for another person. */
export function unsentQueue(): UnsentQueue {
  const personId = session.value?.person.id ?? ''
  if (queue && owner === personId) return queue
  queue?.stop()
  owner = personId
  queue = createUnsentQueue({
    store: createBrowserStore(localStorage),
    prefix: `oco.unsent.${personId}.`,
    send,
    onChange: (all) => {
      unsent.value = all
      unsentCount.value = all.filter(({ state }) => state.kind === 'waiting').length
    },
    onSent: (message, sent) => {
      addMessages(message.conversationId, [sent])
      void queryClient.invalidateQueries({ queryKey: keys.conversations })
      void queryClient.invalidateQueries({ queryKey: keys.conversation(message.conversationId) })
    },
    later: (run, ms) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  })
  queue.flush()
  return queue
}

watch(line, (now) => now === 'open' && queue?.flush())

export const unsentOf = (conversationId: () => string): ComputedRef<readonly Unsent[]> =>
  computed(() => unsent.value.filter((message) => message.conversationId === conversationId()))

/** Puts messages into the conversation that the page holds, if it does. */
export function addMessages(conversationId: string, messages: readonly MessageView[]): void {
  queryClient.setQueryData<ConversationView>(keys.conversation(conversationId), (view) =>
    view ? { ...view, messages: mergeMessages(view.messages, messages) } : view,
  )
}

function send(message: Unsent): Promise<MessageView> {
  const { key: idempotencyKey, text, html, uploads, toContactId } = message
  const params = { id: message.conversationId }
  const body = { text, html, uploadIds: uploads.map(({ id }) => id), idempotencyKey }
  if (message.kind === 'note') return call('addNote', { params, body })
  return call('replyToConversation', { params, body: toContactId ? { ...body, toContactId } : body })
}
