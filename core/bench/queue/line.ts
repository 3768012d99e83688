/** What has been put waits here for one of the hands that take it; a hand waits where nothing is there. */
export class Line<T> {
  readonly #waiting: T[] = []
  readonly #hands: ((value: T | null) => void)[] = []

  put(value: T): void {
    const hand = this.#hands.shift()
    if (hand === undefined) this.#waiting.push(value)
    else hand(value)
  }

  /** Null: let go. */
  take(): Promise<T | null> {
    const value = this.#waiting.shift()
    return value === undefined ? new Promise((resolve) => this.#hands.push(resolve)) : Promise.resolve(value)
  }

  /** Sends the hands that wait away. */
  letGo(): void {
    for (const hand of this.#hands.splice(0)) hand(null)
  }
}
