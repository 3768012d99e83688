import type { ConversationView, WorkItemView } from '@oco/contract'
import { ref, type Ref } from 'vue'
import { call, type CallInput } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'
import { toast, useProblemWords } from '../../kit/index.ts'

type ItemAct =
  | 'acceptOffer'
  | 'declineOffer'
  | 'takeWorkItem'
  | 'releaseWorkItem'
  | 'transferWorkItem'
  | 'pendWorkItem'
  | 'resumeWorkItem'
  | 'resolveWorkItem'

export interface ItemActs {
  /** The act under way; others wait for it. */
  busy: Readonly<Ref<ItemAct | null>>
  /** The changed item, or null where it failed; the person has then been told why. */
  act<N extends ItemAct>(name: N, input: CallInput<N>): Promise<WorkItemView | null>
}

export function useItemActs(): ItemActs {
  const words = useProblemWords()
  const busy = ref<ItemAct | null>(null)

  async function act<N extends ItemAct>(name: N, input: CallInput<N>): Promise<WorkItemView | null> {
    if (busy.value) return null
    busy.value = name
    try {
      const item = (await (call as (name: N, input: CallInput<N>) => Promise<unknown>)(name, input)) as WorkItemView
      keepItem(item)
      return item
    } catch (error) {
      const { title, hint } = words(error)
      toast({ tone: 'danger', text: title, detail: hint })
      return null
    } finally {
      busy.value = null
      renewLists()
    }
  }
  return { busy, act }
}

function keepItem(item: WorkItemView): void {
  queryClient.setQueryData<ConversationView>(keys.conversation(item.conversationId), (view) =>
    view ? { ...view, workItem: item } : view,
  )
}

/** The own act shows at once; its live event, which comes too, finds everything fresh or renews it once more. */
function renewLists(): void {
  for (const queryKey of [keys.conversations, keys.desk, keys.ownState]) void queryClient.invalidateQueries({ queryKey })
}
