/** Where a person stands among those who could take an item: the least loaded first, then the longest idle. */
export interface Place {
  readonly personId: string
  /** Load in thousandths of the limit. */
  readonly loadPermille: number
  readonly idleSinceMs: number
  /** How much weight still fits. */
  readonly room: number
}

const before = (a: Place, b: Place): boolean => {
  if (a.loadPermille !== b.loadPermille) return a.loadPermille < b.loadPermille
  if (a.idleSinceMs !== b.idleSinceMs) return a.idleSinceMs < b.idleSinceMs
  return a.personId < b.personId
}

/** Places in order. Adding and removing cost a binary search and a move of what stands behind. */
export class Ranking {
  readonly #places: Place[] = []

  get size(): number {
    return this.#places.length
  }

  at(index: number): Place | undefined {
    return this.#places[index]
  }

  has(place: Place): boolean {
    return this.#places[this.#indexOf(place)] === place
  }

  add(place: Place): void {
    this.#places.splice(this.#indexOf(place), 0, place)
  }

  /** `place` must be the very one that was added. */
  remove(place: Place): void {
    const index = this.#indexOf(place)
    if (this.#places[index] === place) this.#places.splice(index, 1)
  }

  #indexOf(place: Place): number {
    let low = 0
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#places[middle]
      if (other !== undefined && before(other, place)) low = middle + 1
      else high = middle
    }
    return low
  }
}
