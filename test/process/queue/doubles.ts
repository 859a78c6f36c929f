/** Doubles of every size in a fixed order, and what the processes of a ring do with them. */
import { task, type Queue } from '#lanework/process/index.js'

export type Doubles = Queue<number, Float64Array>

/** Any bits are a double; NaN alone is not, as its bits may change on the way. */
export class DoubleSource {
  readonly #bits = new Uint32Array(2)
  readonly #double = new Float64Array(this.#bits.buffer)
  #state = 0x9e37_79b9

  next(): number {
    do {
      this.#bits[0] = this.#step()
      this.#bits[1] = this.#step()
    } while (Number.isNaN(this.#double[0]))
    return this.#double[0] as number
  }

  /** xorshift32 */
  #step(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (this.#state = state >>> 0)
  }
}

/** Sizes of batches that meet the end of the ring at every place. */
export function batchAt(round: number): number {
  return 1 + ((round * 617) % 3_001)
}

export const putDoubles = task(import.meta, 'putDoubles', async (to: Doubles, count: number) => {
  const source = new DoubleSource()
  for (let left = count, round = 0; left > 0; round++) {
    const batch = Float64Array.from({ length: Math.min(left, batchAt(round)) }, () => source.next())
    left -= await to.putMany(batch)
  }
  await to.end()
})

/** Gives on what it gets, one by one now and then; how many these were. */
export const passDoubles = task(import.meta, 'passDoubles', async (from: Doubles, to: Doubles, count: number) => {
  let passed = 0
  for (let round = 0; passed < count; round++) {
    if (round % 5 === 0) {
      await to.put(await from.get())
      passed += 1
    } else {
      const batch = await from.getMany(batchAt(round))
      passed += await to.putMany(batch)
    }
  }
  await to.end()
  return passed
})
