/** Calls a task in the way its message says: once, or for each item of a chunk, one after the other. */
import { arrayOf } from '../codec/index.ts'
import type { AnyFunction } from '../task.ts'
import { mode, type Mode } from './messages.ts'

/** The value, or a promise of it where the task gives one. */
export function callTask(run: AnyFunction, how: Mode, args: readonly unknown[]): unknown {
  if (how === mode.once) return run(...args)
  const items = args[0] as readonly unknown[]
  const call: AnyFunction = how === mode.each ? run : (item: readonly unknown[]) => run(...item)
  return callEach(call, items, 0, arrayOf(items.length))
}

/** As long as the task gives plain values, a chunk is a plain loop. */
function callEach(call: AnyFunction, items: readonly unknown[], from: number, results: unknown[]): unknown {
  for (let index = from; index < items.length; index++) {
    const result = call(items[index])
    if (isThenable(result)) return callRest(call, items, index, result, results)
    results[index] = result
  }
  return results
}

async function callRest(
  call: AnyFunction,
  items: readonly unknown[],
  index: number,
  first: PromiseLike<unknown>,
  results: unknown[],
): Promise<unknown[]> {
  results[index] = await first
  for (let next = index + 1; next < items.length; next++) {
    const result = call(items[next])
    results[next] = isThenable(result) ? await result : result
  }
  return results
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}
