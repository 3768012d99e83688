import type { ChannelKind } from '@oco/contract'
import type { SenderAddress } from './channel.ts'

/** Which addresses a channel can write to by itself, without having been written to first. */
const REACHES: Readonly<Record<ChannelKind, readonly SenderAddress['kind'][]>> = {
  email: ['email'],
  webchat: [],
  intake: [],
}

export interface WayOut {
  readonly channelId: string
  readonly kind: ChannelKind
  readonly queueId: string
  readonly state: 'off' | 'connecting' | 'ok' | 'failing'
}

export type FailoverChoice =
  | { readonly kind: 'move'; readonly channelId: string; readonly address: SenderAddress }
  | { readonly kind: 'nowhere'; readonly reason: 'no_address' | 'no_channel' }

/**
 * Another way to somebody whom a message did not reach. A channel of the same queue is asked before a stranger, a working one
 * before one that fails; among equals the first given wins, so give the oldest first. `addresses` come in order of preference.
 */
export const chooseFailover = (input: {
  readonly from: { readonly channelId: string; readonly queueId: string }
  readonly addresses: readonly SenderAddress[]
  readonly channels: readonly WayOut[]
}): FailoverChoice => {
  const ways = input.channels
    .filter(({ channelId, state }) => channelId !== input.from.channelId && state !== 'off')
    .map((way, index) => ({ way, index }))
    .toSorted((a, b) => rank(b.way, input.from.queueId) - rank(a.way, input.from.queueId) || a.index - b.index)
    .map(({ way }) => way)
  for (const address of input.addresses) {
    const way = ways.find(({ kind }) => REACHES[kind].includes(address.kind))
    if (way !== undefined) return { kind: 'move', channelId: way.channelId, address }
  }
  const reachable = input.addresses.some(({ kind }) => Object.values(REACHES).some((kinds) => kinds.includes(kind)))
  return { kind: 'nowhere', reason: reachable ? 'no_channel' : 'no_address' }
}

const rank = (way: WayOut, queueId: string): number => (way.queueId === queueId ? 2 : 0) + (way.state === 'ok' ? 1 : 0)
