/** The objects that a manager can make, as the manager's process has them: what their proxies can ask for. */
import { isDeepStrictEqual } from 'node:util'

import { fail } from '../../core/index.ts'
import { findTask, type AnyFunction, type TaskAddress } from '../task.ts'
import type { FindMethod } from './managed-object.ts'

/** What a proxy sends to have one made. */
export type ObjectKind = 'map' | 'array' | 'set' | 'namespace' | 'value' | 'own'

type Methods = Readonly<Record<string, (...args: never[]) => unknown>>

/** Methods of a new object. */
export async function makeObject(
  kind: ObjectKind,
  args: readonly unknown[],
): Promise<{ readonly find: FindMethod; readonly known: string }> {
  if (kind === 'own') return ownObject(args[0] as TaskAddress, args.slice(1))
  const methods = makers[kind](args[0] as never)
  const known = Object.keys(methods).join(', ')
  return { find: (name) => (Object.hasOwn(methods, name) ? methods[name] : undefined) as never, known }
}

const makers: Readonly<Record<Exclude<ObjectKind, 'own'>, (initial: never) => Methods>> = {
  map: (entries: readonly (readonly [unknown, unknown])[]) => mapMethods(new Map(entries)),
  array: (items: readonly unknown[]) => arrayMethods([...items]),
  set: (items: readonly unknown[]) => setMethods(new Set(items)),
  namespace: (fields: Readonly<Record<string, unknown>>) => mapMethods(new Map(Object.entries(fields)), true),
  value: (value: unknown) => valueMethods(value),
}

function mapMethods(map: Map<unknown, unknown>, isNamespace = false): Methods {
  return {
    get: (key: unknown) => map.get(key),
    set: (key: unknown, value: unknown) => void map.set(key, value),
    setMany: (entries: readonly (readonly [unknown, unknown])[]) => {
      for (const [key, value] of entries) map.set(key, value)
    },
    has: (key: unknown) => map.has(key),
    delete: (key: unknown) => map.delete(key),
    clear: () => map.clear(),
    size: () => map.size,
    keys: () => [...map.keys()],
    values: () => [...map.values()],
    entries: () => (isNamespace ? Object.fromEntries(map) : [...map]),
    add: (key: unknown, amount: unknown) => changed(map, key, sum(map.get(key) ?? zeroLike(amount), amount)),
    compareAndSet: (key: unknown, expected: unknown, value: unknown) => {
      if (!isDeepStrictEqual(map.get(key), expected)) return false
      map.set(key, value)
      return true
    },
    setIfAbsent: (key: unknown, value: unknown) => (map.has(key) ? map.get(key) : changed(map, key, value)),
    update: async (key: unknown, task: TaskAddress, args: readonly unknown[]) =>
      changed(map, key, await (await findTask(task))(map.get(key), ...args)),
  }
}

function changed(map: Map<unknown, unknown>, key: unknown, value: unknown): unknown {
  map.set(key, value)
  return value
}

function arrayMethods(items: unknown[]): Methods {
  const checkIndex = (index: number): number => {
    const at = index < 0 ? items.length + index : index
    if (Number.isInteger(at) && at >= 0 && at < items.length) return at
    throw fail('OPTION_INVALID', { option: 'index', rule: `within an array of ${items.length}`, got: String(index) })
  }
  return {
    at: (index: number) => items.at(index),
    set: (index: number, value: unknown) => void (items[checkIndex(index)] = value),
    push: (...more: readonly unknown[]) => items.push(...more),
    pop: () => items.pop(),
    shift: () => items.shift(),
    unshift: (...more: readonly unknown[]) => items.unshift(...more),
    length: () => items.length,
    slice: (start?: number, end?: number) => items.slice(start, end),
    splice: (start: number, count: number, ...more: readonly unknown[]) => items.splice(start, count, ...more),
    clear: () => void items.splice(0),
    add: (index: number, amount: unknown) => {
      const at = checkIndex(index)
      return (items[at] = sum(items[at], amount))
    },
    compareAndSet: (index: number, expected: unknown, value: unknown) => {
      const at = checkIndex(index)
      if (!isDeepStrictEqual(items[at], expected)) return false
      items[at] = value
      return true
    },
    update: async (index: number, task: TaskAddress, args: readonly unknown[]) => {
      const at = checkIndex(index)
      return (items[at] = await (await findTask(task))(items[at], ...args))
    },
  }
}

function setMethods(set: Set<unknown>): Methods {
  return {
    add: (item: unknown) => {
      const isNew = !set.has(item)
      set.add(item)
      return isNew
    },
    has: (item: unknown) => set.has(item),
    delete: (item: unknown) => set.delete(item),
    clear: () => set.clear(),
    size: () => set.size,
    values: () => [...set],
  }
}

function valueMethods(initial: unknown): Methods {
  let value = initial
  return {
    get: () => value,
    set: (next: unknown) => void (value = next),
    exchange: (next: unknown) => {
      const before = value
      value = next
      return before
    },
    add: (amount: unknown) => (value = sum(value, amount)),
    compareAndSet: (expected: unknown, next: unknown) => {
      if (!isDeepStrictEqual(value, expected)) return false
      value = next
      return true
    },
    update: async (task: TaskAddress, args: readonly unknown[]) =>
      (value = await (await findTask(task))(value, ...args)),
  }
}

function zeroLike(amount: unknown): unknown {
  return typeof amount === 'bigint' ? 0n : 0
}

function sum(value: unknown, amount: unknown): unknown {
  if (typeof value === 'number' && typeof amount === 'number') return value + amount
  if (typeof value === 'bigint' && typeof amount === 'bigint') return value + amount
  const rule = 'numbers, or bigints, on both sides'
  throw fail('OPTION_INVALID', { option: 'amount', rule, got: `${typeof value} and ${typeof amount}` })
}

/** An object of a class of the user's: its methods, but not what every object has. */
async function ownObject(
  address: TaskAddress,
  args: readonly unknown[],
): Promise<{ readonly find: FindMethod; readonly known: string }> {
  const type = (await findTask(address)) as unknown as new (...given: readonly unknown[]) => object
  const object = new type(...args) as Readonly<Record<string, unknown>>
  const names = methodNames(object)
  return {
    find: (name) =>
      names.has(name) ? (...given) => (object[name] as AnyFunction).apply(object, [...given]) : undefined,
    known: [...names].join(', '),
  }
}

function methodNames(object: object): Set<string> {
  const names = new Set<string>()
  for (let from = Object.getPrototypeOf(object) as object; from !== Object.prototype && from !== null;) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(from)))
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    from = Object.getPrototypeOf(from) as object
  }
  return names
}
