import type { ConversationView } from '@oco/contract'

type Writer = ConversationView['otherWriters'][number]

/** Always with the address: a name is whatever its owner wrote. */
export const writerName = ({ displayName, address }: Pick<Writer, 'displayName' | 'address'>): string =>
  displayName === address ? address : `${displayName} · ${address}`
