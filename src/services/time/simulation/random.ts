/** Seeded random numbers of the simulation, so that each run can be replayed. */

/** Uniform, normal and exponential numbers from one seed (xorshift128, Marsaglia 2003). */
export class Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    // Splitmix-like scrambling: near seeds give unlike streams, and no state is all zero.
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => {
      let mixed = Math.imul(seed + 1 + index * 0x632be5ab, 0x9e3779b1)
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
      return (mixed ^ (mixed >>> 13)) | 1
    })
    for (let warmUp = 0; warmUp < 16; warmUp++) this.uniform()
  }

  /** In [0, 1). */
  uniform(): number {
    const state = this.#state
    let mixed = state[3] ?? 0
    mixed ^= mixed << 11
    mixed ^= mixed >>> 8
    state.copyWithin(1, 0, 3)
    const first = state[1] ?? 0
    state[0] = mixed ^ first ^ (first >>> 19)
    return (state[0] ?? 0) / 4_294_967_296
  }

  /** Mean 0, standard deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Mean 1. */
  exponential(): number {
    return -Math.log(1 - this.uniform())
  }
}
