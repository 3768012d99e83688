import type { AgentStateName, ChannelKind, NotReadyReason, WorkItemState } from '@oco/contract'
import type { AuditEvent } from '@oco/security'
import { openStep, type Database, type Db, type Topic, type Tx } from '../../src/platform/db.ts'
import type { MoveRecord } from '../../src/work-items/move-statement-store.ts'

export interface FakeItem {
  readonly id: string
  readonly conversationId: string
  readonly channelKind: ChannelKind
  readonly priority: number
  readonly weight: number
  queueId: string
  skillId: string | null
  state: WorkItemState
  version: number
  waitingSince: Date
  assigneeId: string | null
  offerId: string | null
  offeredTo: string | null
  offerExpiresAt: Date | null
  pendingUntil: Date | null
  /** Its facts, oldest first. */
  readonly offers: FakeOffer[]
  readonly handlings: FakeHandling[]
}

export interface FakeAgent {
  readonly personId: string
  queueIds: string[]
  skillIds: string[]
  state: AgentStateName
  reason: NotReadyReason | null
  since: Date
  capacityLimit: number
  capacityUsed: number
  idleSince: Date
  connectedUntil: Date | null
  version: number
}

export interface FakeOffer {
  readonly id: string
  readonly personId: string
  endedAt: Date | null
  outcome: string | null
}

export interface FakeHandling {
  readonly personId: string
  endedAt: Date | null
  endedBy: string | null
}

/** One change of a work item's state, with the event that was handed in to record it. */
export interface Trace {
  readonly itemId: string
  readonly from: WorkItemState
  readonly to: WorkItemState
  readonly record: Pick<MoveRecord, 'action' | 'id'>
}

/**
 * A database in memory: rows that a failed transaction leaves as they were, and transactions that run one after the other, which is
 * what locks make of those that touch the same rows.
 */
export class FakeRows implements Database {
  readonly items = new Map<string, FakeItem>()
  /** Those that are not resolved, as a partial index would have them. */
  readonly openItems = new Map<string, FakeItem>()
  readonly agents = new Map<string, FakeAgent>()
  readonly traces: Trace[] = []
  readonly audited: AuditEvent[] = []
  /** Reads need no handle: the stores over these rows ignore it. */
  readonly read: Db = Object.freeze({}) as unknown as Db
  readonly #offerTimeoutMs: number
  readonly #onCommit: (topics: ReadonlySet<Topic>) => void
  #undo: (() => void)[] = []
  #touched: FakeItem[] = []
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: { offerTimeoutMs: number; onCommit: (topics: ReadonlySet<Topic>) => void }) {
    this.#offerTimeoutMs = options.offerTimeoutMs
    this.#onCommit = options.onCommit
  }

  get offerTimeoutMs(): number {
    return this.#offerTimeoutMs
  }

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const result = this.#running.then(() => this.#run(work))
    this.#running = result.catch(() => undefined)
    return result
  }

  async #run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = {} as unknown as Tx
    const step = openStep(tx)
    this.#undo = []
    this.#touched = []
    let value: T
    try {
      value = await work(tx)
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo()
      throw error
    }
    for (const item of this.#touched) if (item.state === 'resolved') this.openItems.delete(item.id)
    this.audited.push(...step.records.audit)
    for (const act of step.afterCommit) act()
    this.#onCommit(step.topics)
    return value
  }

  setItem(item: FakeItem, values: Partial<FakeItem>): void {
    this.#touched.push(item)
    this.set(item, values)
  }

  /** Changes a row, until the transaction fails. */
  set<R extends object>(row: R, values: Partial<R>): void {
    const before = { ...row }
    this.#undo.push(() => Object.assign(row, before))
    Object.assign(row, values)
  }

  addItem(item: FakeItem): void {
    this.put(this.items, item)
    this.put(this.openItems, item)
  }

  insert<R>(list: R[], row: R): void {
    this.#undo.push(() => list.pop())
    list.push(row)
  }

  put<R extends { readonly id: string }>(map: Map<string, R>, row: R): void {
    this.#undo.push(() => map.delete(row.id))
    map.set(row.id, row)
  }

  get offers(): FakeOffer[] {
    return [...this.items.values()].flatMap((item) => item.offers)
  }

  get handlings(): FakeHandling[] {
    return [...this.items.values()].flatMap((item) => item.handlings)
  }

  ping(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
