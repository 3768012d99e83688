import type { Clock } from '../../src/kernel/clock.ts'

interface Due {
  readonly atMs: number
  readonly order: number
  readonly act: () => Promise<void>
}

/** Time that jumps from one thing to the next. What is due at the same moment happens in the order in which it was planned. */
export class VirtualTime implements Clock {
  #nowMs: number
  readonly #startMs: number
  #order = 0
  /** A binary heap: the earliest first. */
  readonly #heap: Due[] = []

  constructor(start: Date) {
    this.#startMs = start.getTime()
    this.#nowMs = this.#startMs
  }

  now(): Date {
    return new Date(this.#nowMs)
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs
  }

  after(delayMs: number, act: () => Promise<void>): void {
    const heap = this.#heap
    heap.push({ atMs: this.#nowMs + delayMs, order: this.#order++, act })
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfEarlier(index, parent)) break
      index = parent
    }
  }

  /** Does the next thing; false where nothing is planned. */
  async step(): Promise<boolean> {
    const next = this.#take()
    if (next === undefined) return false
    this.#nowMs = Math.max(this.#nowMs, next.atMs)
    await next.act()
    return true
  }

  #take(): Due | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let index = 0; ;) {
      const left = 2 * index + 1
      const right = left + 1
      const child = this.#isEarlier(right, left) ? right : left
      if (!this.#swapIfEarlier(child, index)) return first
      index = child
    }
  }

  #isEarlier(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one === undefined || other === undefined) return false
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
  }

  #swapIfEarlier(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one === undefined || other === undefined || !this.#isEarlier(a, b)) return false
    this.#heap[a] = other
    this.#heap[b] = one
    return true
  }
}
