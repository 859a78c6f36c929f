/**
 * Numbers in seats, and their sums over halves, quarters, eighths ... so that the seat where a running total passes a
 * given point is found in O(log n). Sums are taken anew from below at each change, so no error gathers.
 *
 *              10                 find(4): 4 is not below 3, so right with 4 - 3 = 1; 1 is below 5: left
 *          3        7
 *        1   2    5   2
 */
export class SumTree {
  #sums = new Float64Array(2 * 64)
  #capacity = 64

  get total(): number {
    return this.#sums[1] as number
  }

  /** Seats from 0; there are more once one is set. */
  get capacity(): number {
    return this.#capacity
  }

  of(seat: number): number {
    return seat < this.#capacity ? (this.#sums[this.#capacity + seat] as number) : 0
  }

  set(seat: number, value: number): void {
    while (seat >= this.#capacity) this.#grow()
    let at = this.#capacity + seat
    this.#sums[at] = value
    for (at >>= 1; at >= 1; at >>= 1)
      this.#sums[at] = (this.#sums[2 * at] as number) + (this.#sums[2 * at + 1] as number)
  }

  /** The first seat where the sum of it and all before is above `point`; `point` is 0 or more and below the total. */
  find(point: number): number {
    let left = point
    let at = 1
    while (at < this.#capacity) {
      at *= 2
      const before = this.#sums[at] as number
      // To the right only if there is something: rounding may push the point beyond the last.
      if (left < before || this.#sums[at + 1] === 0) continue
      left -= before
      at++
    }
    return at - this.#capacity
  }

  clear(): void {
    this.#sums.fill(0)
  }

  #grow(): void {
    const leaves = this.#sums.slice(this.#capacity)
    this.#capacity *= 2
    this.#sums = new Float64Array(2 * this.#capacity)
    this.#sums.set(leaves, this.#capacity)
    for (let at = this.#capacity - 1; at >= 1; at--)
      this.#sums[at] = (this.#sums[2 * at] as number) + (this.#sums[2 * at + 1] as number)
  }
}
