import { SYSTEM_ORIGIN } from '@oco/security'
import { CONNECTION_LEASE_MS } from '../../src/agents/index.ts'
import type { WorkDeps } from '../../src/flow/act-on-work.ts'
import { answerWork } from '../../src/flow/answer-work.ts'
import { changeAgent } from '../../src/flow/change-agent.ts'
import { completeWork } from '../../src/flow/complete-work.ts'
import { expireWork } from '../../src/flow/expire-work.ts'
import { handOverWork } from '../../src/flow/hand-over-work.ts'
import { offerWork } from '../../src/flow/offer-work.ts'
import { isFailure } from '../../src/kernel/errors.ts'
import type { Topic } from '../../src/platform/db.ts'
import { createPoolKeeper, type PoolKeeper } from '../../src/routing/index.ts'
import { goOn, WEIGHTS, type NewOffer } from '../../src/work-items/index.ts'
import { weightOf } from '../../src/work-items/work-item.ts'
import { callerOf } from '../queue-rows.ts'
import type { Random } from '../random.ts'
import { fakeAgentStore, readFakePool } from './fake-agent-store.ts'
import { FakeRows } from './fake-rows.ts'
import { fakeWorkStore } from './fake-work-store.ts'
import { VirtualTime } from './virtual-time.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const OFFER_TIMEOUT_MS = 30 * SECOND
/** A notice to another process is lost so often, and the sweep must find what it was about. */
const LOST_NOTICE = 0.1
const QUEUES = ['mail', 'chat', 'claims']
const SKILLS = ['english', 'tax']

interface Process {
  readonly pool: PoolKeeper
  readonly acts: ReturnType<typeof answerWork> & ReturnType<typeof completeWork> & ReturnType<typeof handOverWork>
  readonly agents: ReturnType<typeof changeAgent>
  offer(): Promise<void>
  expire(): Promise<void>
  /** A look of this kind is planned already. */
  readonly planned: Set<'offers' | 'deadlines'>
}

export interface CentreOptions {
  readonly random: Random
  readonly processes: number
  readonly agents: number
  readonly items: number
  /** So long new items keep coming. */
  readonly hours: number
}

/**
 * A service centre in virtual time: several processes of the real story over one fake database, customers who write, agents who answer,
 * decline, sleep, go to lunch, lose their connection and hand work over. `afterCommit` sees the rows after each transaction.
 */
export class SimulatedCentre {
  readonly time = new VirtualTime(new Date('2026-06-01T08:00:00Z'))
  readonly rows: FakeRows
  readonly #random: Random
  readonly #processes: Process[]
  readonly #options: CentreOptions
  /** The process whose commit is being told of. */
  #speaking = 0
  #ids = 0

  constructor(options: CentreOptions, afterCommit: (rows: FakeRows) => void) {
    this.#options = options
    this.#random = options.random
    this.rows = new FakeRows({
      offerTimeoutMs: OFFER_TIMEOUT_MS,
      onCommit: (topics) => {
        afterCommit(this.rows)
        this.#tell(topics)
      },
    })
    this.#processes = Array.from({ length: options.processes }, (_, index) => this.#makeProcess(index))
  }

  /** Until nothing is open any more, or nothing can happen any more. */
  async run(limitMs: number): Promise<void> {
    const { agents, items, hours } = this.#options
    for (let index = 0; index < agents; index++) this.#hire(index)
    for (let index = 0; index < items; index++) this.time.after(this.#random.below(hours * 60 * MINUTE), () => this.#arrive())
    for (const process of this.#processes) this.#sweep(process)
    const isOpen = (): boolean => this.rows.items.size < items || this.rows.openItems.size > 0
    for (let steps = 0; steps % 500 !== 0 || isOpen(); steps++) {
      if (this.time.monotonicMs() > limitMs || !(await this.time.step())) return
    }
  }

  #makeProcess(index: number): Process {
    const { rows, time } = this
    const pool = createPoolKeeper({
      read: rows.read,
      readPool: () => readFakePool(rows),
      weights: Object.values(WEIGHTS),
      clock: time,
    })
    const deps: WorkDeps = { database: rows, items: fakeWorkStore(rows), agents: fakeAgentStore(rows), pool, clock: time }
    const offering = offerWork({ ...deps, onOffered: () => undefined })
    const expiry = expireWork(deps)
    const speak = <T>(work: () => Promise<T>): Promise<T> => {
      this.#speaking = index
      return work()
    }
    return {
      pool,
      acts: { ...answerWork(deps), ...completeWork(deps), ...handOverWork({ ...deps, addNote: () => Promise.resolve() }) },
      agents: changeAgent(deps),
      planned: new Set(),
      offer: () =>
        speak(async () => {
          for (;;) {
            const { made, more } = await offering.offerNext()
            for (const offer of made) this.#ring(offer)
            if (!more) return
          }
        }),
      expire: () =>
        speak(async () => {
          while (await expiry.expireDue());
        }),
    }
  }

  /** What a commit of one process sets going in all of them. */
  #tell(topics: ReadonlySet<Topic>): void {
    this.#processes.forEach((process, index) => {
      const isOwn = index === this.#speaking
      if (!isOwn && this.#random.chance(LOST_NOTICE)) return
      const delayMs = isOwn ? 0 : 1 + this.#random.below(20)
      if (topics.has('agents')) process.pool.doubt()
      if (topics.has('offers')) this.#plan(process, 'offers', delayMs)
      if (topics.has('deadlines')) this.#plan(process, 'deadlines', delayMs)
    })
  }

  #plan(process: Process, look: 'offers' | 'deadlines', delayMs: number): void {
    if (process.planned.has(look)) return
    process.planned.add(look)
    this.time.after(delayMs, () => {
      process.planned.delete(look)
      return look === 'offers' ? process.offer() : process.expire()
    })
  }

  #sweep(process: Process): void {
    this.time.after(SECOND, () => {
      this.#plan(process, 'offers', 0)
      this.#plan(process, 'deadlines', 0)
      this.#sweep(process)
      return Promise.resolve()
    })
  }

  /** Some process, as a balancer picks it. */
  async #through(act: (process: Process) => Promise<unknown>): Promise<void> {
    const index = this.#random.below(this.#processes.length)
    this.#speaking = index
    const process = this.#processes[index]
    if (process === undefined) return
    try {
      await act(process)
    } catch (error) {
      // People act on what they saw a moment ago; these answers are what the desk shows them then.
      const codes = ['offer_gone', 'illegal_transition', 'capacity_exceeded', 'agent_offline', 'not_found', 'forbidden'] as const
      if (!codes.some((code) => isFailure(error, code))) throw error
    }
  }

  #id(kind: string): string {
    return `${kind}-${String(++this.#ids).padStart(6, '0')}`
  }

  #hire(index: number): void {
    const personId = this.#id('agent')
    const queueIds = QUEUES.filter((_, queue) => queue === index % QUEUES.length || this.#random.chance(0.4))
    const now = this.time.now()
    this.rows.agents.set(personId, {
      personId,
      queueIds,
      // Every skill is there in every queue, so that no item waits for ever.
      skillIds: SKILLS.filter(
        (_, skill) => Math.floor(index / QUEUES.length) % SKILLS.length === skill || this.#random.chance(0.3),
      ),
      state: 'offline',
      reason: null,
      since: now,
      capacityLimit: this.#random.pick([60, 100, 100, 130]),
      capacityUsed: 0,
      idleSince: now,
      connectedUntil: this.#random.chance(0.5) ? now : null,
      version: 0,
    })
    this.time.after(this.#random.below(30 * MINUTE), () => this.#comeBack(personId))
  }

  #comeBack(personId: string): Promise<void> {
    const agent = this.rows.agents.get(personId)
    if (agent === undefined) return Promise.resolve()
    if (agent.connectedUntil !== null) this.#stayConnected(personId)
    this.time.after((20 + this.#random.below(100)) * MINUTE, () => this.#leave(personId))
    return this.#change(personId, { state: 'ready' })
  }

  #change(personId: string, change: Parameters<Process['agents']['changeState']>[1]['change']): Promise<void> {
    return this.#through((process) => process.agents.changeState(callerOf(personId).by, { personId, change }))
  }

  /** The page renews its connection until one day it does not; then it is back after a while. */
  #stayConnected(personId: string): void {
    const agent = this.rows.agents.get(personId)
    if (agent === undefined) return
    agent.connectedUntil = new Date(this.time.now().getTime() + CONNECTION_LEASE_MS)
    if (this.#random.chance(0.002)) {
      this.time.after((1 + this.#random.below(10)) * MINUTE, () => this.#comeBack(personId))
      return
    }
    this.time.after(10 * SECOND, () => {
      if (this.rows.agents.get(personId)?.state !== 'offline') this.#stayConnected(personId)
      return Promise.resolve()
    })
  }

  async #leave(personId: string): Promise<void> {
    this.time.after((5 + this.#random.below(25)) * MINUTE, () => this.#comeBack(personId))
    const way = this.#random.below(10)
    if (way === 0) {
      await this.#through((process) => this.rows.transaction((tx) => process.agents.takeOffline(tx, SYSTEM_ORIGIN, personId)))
    } else if (way < 4) await this.#change(personId, { state: 'offline' })
    else await this.#change(personId, { state: 'not_ready', reason: 'lunch' })
  }

  async #arrive(): Promise<void> {
    const channelKind = this.#random.pick(['email', 'email', 'intake', 'webchat'] as const)
    const now = this.time.now()
    const id = this.#id('item')
    this.#speaking = this.#random.below(this.#processes.length)
    await this.rows.transaction(() => {
      this.rows.addItem({
        id,
        conversationId: this.#id('conversation'),
        channelKind,
        priority: 1 + this.#random.below(5),
        weight: weightOf(channelKind),
        queueId: this.#random.pick(QUEUES),
        skillId: this.#random.chance(0.2) ? this.#random.pick(SKILLS) : null,
        state: 'waiting',
        version: 0,
        waitingSince: now,
        assigneeId: null,
        offerId: null,
        offeredTo: null,
        offerExpiresAt: null,
        pendingUntil: null,
        offers: [],
        handlings: [],
      })
      return Promise.resolve()
    })
    this.#tell(new Set(['offers']))
    if (this.#random.chance(0.03)) this.time.after(this.#random.below(20 * MINUTE), () => this.#order(id))
  }

  /** An agent sees an offer. */
  #ring({ id: offerId, itemId, personId }: NewOffer): void {
    const answer = this.#random.below(100)
    const delayMs = 500 + this.#random.below(20 * SECOND)
    const caller = callerOf(personId)
    if (answer < 12) {
      this.#wakeUpAfterMissing(personId)
      return
    }
    this.time.after(delayMs, () =>
      this.#through(async ({ acts }) => {
        if (answer < 22) return acts.decline(caller, { itemId, offerId })
        await acts.accept(caller, { itemId, offerId })
        this.#work(itemId, personId)
      }),
    )
  }

  #wakeUpAfterMissing(personId: string): void {
    this.time.after(OFFER_TIMEOUT_MS + (1 + this.#random.below(8)) * MINUTE, () => this.#change(personId, { state: 'ready' }))
  }

  /** An agent works on an item, and after a while does something about it; what was refused is tried again. */
  #work(itemId: string, personId: string): void {
    this.time.after((1 + this.#random.below(12)) * MINUTE, async () => {
      const item = this.rows.items.get(itemId)
      const before = item?.version
      await this.#through((process) => this.#finish(process, itemId, personId))
      if (item?.version === before && item?.assigneeId === personId && item.state === 'assigned') this.#work(itemId, personId)
    })
  }

  async #finish({ acts }: Process, itemId: string, personId: string): Promise<void> {
    const caller = callerOf(personId)
    const way = this.#random.below(100)
    if (way < 70) return acts.resolve(caller, { itemId, dispositionId: null })
    if (way < 80) return acts.release(caller, { itemId })
    if (way < 86) {
      const colleague = this.#random.pick([...this.rows.agents.keys()])
      await acts.transfer(caller, { itemId, target: { kind: 'person', personId: colleague }, note: '' })
      this.#work(itemId, colleague)
      return
    }
    const minutes = 5 + this.#random.below(60)
    const until = way < 93 ? new Date(this.time.now().getTime() + minutes * MINUTE) : null
    await acts.pend(caller, { itemId, until })
    if (until === null) this.time.after(minutes * MINUTE, () => this.#customerWrites(itemId))
    else this.time.after(minutes * MINUTE + 2 * SECOND, () => this.#seeAgain(itemId))
  }

  async #customerWrites(itemId: string): Promise<void> {
    const now = this.time.now()
    await this.#through(() =>
      this.rows.transaction((tx) =>
        goOn(
          tx,
          { by: SYSTEM_ORIGIN, itemId, cause: 'message', handlingId: this.#id('handling'), now },
          fakeWorkStore(this.rows),
        ),
      ),
    )
    await this.#seeAgain(itemId)
  }

  /** Whoever has an item in hands again goes on with it. */
  #seeAgain(itemId: string): Promise<void> {
    const item = this.rows.items.get(itemId)
    if (item?.state === 'assigned' && item.assigneeId !== null) this.#work(itemId, item.assigneeId)
    return Promise.resolve()
  }

  /** A supervisor gives an item to somebody, whatever it is doing. */
  #order(itemId: string): Promise<void> {
    const personId = this.#random.pick([...this.rows.agents.keys()])
    return this.#through(async ({ acts }) => {
      await acts.assign(callerOf('supervisor', 'supervisor'), { itemId, personId })
      this.#work(itemId, personId)
    })
  }
}
