import type { ConversationRow } from '@oco/contract'
import { computed, ref, type ComputedRef } from 'vue'
import { useRouter } from 'vue-router'
import { queryClient } from '../../api/queries.ts'
import { keys } from '../../api/query-keys.ts'
import { nowMs, useNow } from '../../kit/index.ts'
import { useDesk } from './desk-query.ts'
import { useItemActs } from './item-acts.ts'

/** Offers that still stand, and what can be done with them. Accepting opens the conversation. */
export function useOffers() {
  const desk = useDesk()
  const router = useRouter()
  const acts = useItemActs()
  const now = useNow()
  const accepting = ref<string | null>(null)
  const offers: ComputedRef<readonly ConversationRow[]> = computed(() =>
    (desk.data.value?.offers ?? []).filter(
      (row) => Date.parse(row.workItem?.offer?.expiresAt ?? '') > Math.min(now.value, nowMs()),
    ),
  )

  async function accept(row: ConversationRow | undefined): Promise<void> {
    if (!row?.workItem?.offer) return
    accepting.value = row.id
    const item = await acts.act('acceptOffer', { params: { id: row.workItem.id }, body: { offerId: row.workItem.offer.id } })
    if (item) await router.push(`/agent/mine/${row.id}`)
  }

  async function decline(row: ConversationRow | undefined): Promise<void> {
    if (!row?.workItem?.offer) return
    await acts.act('declineOffer', { params: { id: row.workItem.id }, body: { offerId: row.workItem.offer.id } })
  }

  const renew = (): void => void queryClient.invalidateQueries({ queryKey: keys.desk })
  return {
    desk,
    offers,
    accept,
    decline,
    renew,
    busyId: computed(() => (acts.busy.value === 'acceptOffer' ? accepting.value : null)),
  }
}
