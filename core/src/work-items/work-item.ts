import { Failure } from '../kernel/errors.ts'
import type { ChannelKind, WorkItemState } from '@oco/contract'

/** What can happen to a work item. */
export const WORK_ITEM_EVENTS = [
  'offer',
  'accept',
  'decline',
  'expire',
  'withdraw',
  'take',
  'assign',
  'release',
  'lose',
  'transfer',
  'pend',
  'resume',
  'wake',
  'return',
  'resolve',
] as const
export type WorkItemEvent = (typeof WORK_ITEM_EVENTS)[number]

/** The whole life of a work item. What is not here cannot happen. Every event leads to one state, wherever it comes from. */
export const NEXT: Readonly<Record<WorkItemState, Readonly<Partial<Record<WorkItemEvent, WorkItemState>>>>> = {
  waiting: { offer: 'offered', take: 'assigned', assign: 'assigned', transfer: 'waiting' },
  offered: {
    accept: 'assigned',
    decline: 'waiting',
    expire: 'waiting',
    withdraw: 'waiting',
    assign: 'assigned',
    transfer: 'waiting',
  },
  assigned: {
    release: 'waiting',
    lose: 'waiting',
    transfer: 'waiting',
    assign: 'assigned',
    pend: 'pending',
    resolve: 'resolved',
  },
  pending: {
    resume: 'assigned',
    wake: 'assigned',
    return: 'waiting',
    release: 'waiting',
    transfer: 'waiting',
    assign: 'assigned',
    pend: 'pending',
    resolve: 'resolved',
  },
  resolved: {},
}

export const nextState = (state: WorkItemState, event: WorkItemEvent): WorkItemState =>
  NEXT[state][event] ?? illegal(state, event)

const illegal = (state: WorkItemState, event: WorkItemEvent): never => {
  throw new Failure('illegal_transition', { detail: `${event} is not possible for an item that is ${state}` })
}

const STATES = Object.keys(NEXT) as readonly WorkItemState[]

/** The states in which `event` can happen: what a store compares before it sets. */
export const originsOf = (event: WorkItemEvent): readonly WorkItemState[] => STATES.filter((state) => event in NEXT[state])

/** The state to which `event` leads. */
export const targetOf = (event: WorkItemEvent): WorkItemState => {
  for (const state of STATES) {
    const target = NEXT[state][event]
    if (target !== undefined) return target
  }
  throw new TypeError(`${event} leads nowhere`)
}

/**
 * What an event does beside changing the state. The person who carries an item's weight is the one to whom it is offered, or the
 * assignee while it is assigned; a pending item weighs nothing.
 */
export interface Effect {
  /** How a standing offer ends. */
  readonly offer?: 'accepted' | 'declined' | 'expired' | 'withdrawn'
  /** Why the assignee's interval of handling ends. */
  readonly handling?: 'resolved' | 'released' | 'transferred' | 'pended' | 'agent_gone'
  /** The weight is taken off the one who carried it. */
  readonly frees?: true
  /** The weight is put on the new assignee; where it does not fit, nothing happens. `on`: offline people do not count as fit. */
  readonly loads?: 'any' | 'on'
  /** The item is in somebody's hands from now on. */
  readonly begins?: true
}

export const EFFECT: Readonly<Record<Exclude<WorkItemEvent, 'offer'>, Effect>> = {
  accept: { offer: 'accepted', begins: true },
  decline: { offer: 'declined', frees: true },
  expire: { offer: 'expired', frees: true },
  withdraw: { offer: 'withdrawn', frees: true },
  take: { loads: 'any', begins: true },
  assign: { offer: 'withdrawn', handling: 'transferred', frees: true, loads: 'any', begins: true },
  release: { handling: 'released', frees: true },
  lose: { handling: 'agent_gone', frees: true },
  transfer: { offer: 'withdrawn', handling: 'transferred', frees: true },
  pend: { handling: 'pended', frees: true },
  resume: { loads: 'any', begins: true },
  wake: { loads: 'on', begins: true },
  return: {},
  resolve: { handling: 'resolved', frees: true },
}

/** Shares of an agent's capacity (100 by default): one call fills a person, three chats do, ten letters do. */
export const WEIGHTS = { call: 100, chat: 30, mail: 10, intake: 10 } as const

const WEIGHT_OF: Readonly<Record<ChannelKind, number>> = {
  email: WEIGHTS.mail,
  webchat: WEIGHTS.chat,
  intake: WEIGHTS.intake,
}

export const weightOf = (channelKind: ChannelKind): number => WEIGHT_OF[channelKind]

/** When a target of so many milliseconds from `from` is due; null where there is no target. */
export const dueAt = (from: Date, targetMs: number | null): Date | null =>
  targetMs === null ? null : new Date(from.getTime() + targetMs)
