import type { WorkItemView } from '@oco/contract'

export type ActId = 'resolve' | 'pend' | 'transfer' | 'take' | 'release' | 'resume'

/** What can be done with an item now. `main`: the one that the work most likely goes on with. */
export interface PossibleAct {
  id: ActId
  main: boolean
}

export interface ThreadAct extends PossibleAct {
  title: string
  reason: string | null
  run: () => void
}

export interface Eyes {
  personId: string
  /** Supervisors may act on items in other hands. */
  mayAssign: boolean
}

/** By the state of the item and whose it is. Nothing where the person may only read. */
export function possibleActs(item: WorkItemView | null, { personId, mayAssign }: Eyes): PossibleAct[] {
  if (!item) return []
  const own = item.assignee?.id === personId
  const acts = (main: ActId, ...rest: ActId[]): PossibleAct[] => [
    ...rest.map((id) => ({ id, main: false })),
    { id: main, main: true },
  ]
  switch (item.state) {
    case 'waiting':
      return acts('take', 'transfer')
    case 'offered':
      return []
    case 'assigned':
      if (own) return acts('resolve', 'release', 'transfer', 'pend')
      return mayAssign ? [{ id: 'transfer', main: false }] : []
    case 'pending':
      if (own) return acts('resume', 'release', 'transfer', 'resolve')
      return mayAssign ? [{ id: 'transfer', main: false }] : []
    case 'resolved':
      return []
  }
}

/** Why no reply can be sent now; null where one can. The words are keys of the desk's messages. */
export function replyBlock(
  item: WorkItemView | null,
  hasAddress: boolean,
  { personId, mayAssign }: Eyes,
): 'no_address' | 'take_first' | 'other_hands' | null {
  if (!hasAddress) return 'no_address'
  if (!item || item.state === 'resolved' || item.assignee?.id === personId || mayAssign) return null
  return item.assignee ? 'other_hands' : 'take_first'
}
