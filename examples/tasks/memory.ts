// What the examples on memory run. Every process, and every thread, that imports this module has its own `money`.
import { task } from 'lanework/process'
import type { SharedArray } from 'lanework/process'

export let money = 100

/** Changes the variable of this module, where it runs. */
export const spend = task(import.meta, 'spend', (rest: number) => {
  money = rest
  return money
})

/** Changes a buffer that its caller has too. */
export const spendShared = task(import.meta, 'spendShared', (buffer: SharedArrayBuffer, rest: number) => {
  new Int32Array(buffer)[0] = rest
})

/** Adds one so many times, each time in a single step. */
export const count = task(import.meta, 'count', (counts: SharedArray<Int32Array>, times: number) => {
  for (let done = 0; done < times; done++) Atomics.add(counts.array, 0, 1)
})
