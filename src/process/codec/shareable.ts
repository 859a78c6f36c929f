/**
 * Handles as values: queues, locks, shared memory and connections may be arguments of a process or task. A handle
 * says what to send in its place, and the receiver's reviver of that kind makes a handle of its own from it.
 */
import { loadNative } from '../../native/index.ts'

/** What travels instead of the handle. */
export interface SharedForm {
  readonly kind: string
  /** Plain values. */
  readonly data: unknown
  /** Stay the sender's; the receiver gets duplicates. */
  readonly descriptors: readonly number[]
  /** Of what can be in one place only: ends the sender's part once it has been sent. */
  readonly moved?: () => void
}

/** What may be an argument of a process or task although its state lives elsewhere. */
export interface Shareable {
  toShared(): SharedForm
}

/** Makes the receiver's handle; the descriptors belong to it from now on. */
export type Reviver = (data: unknown, descriptors: number[]) => object

interface Kind {
  readonly revive: Reviver
  readonly isOpen: ((handle: object) => boolean) | undefined
}

const kinds = new Map<string, Kind>()
/** Handles that arrived in this thread, by kind and what their first descriptor refers to. */
const arrived = new Map<string, WeakRef<object>>()
const forgotten = new FinalizationRegistry<string>((key) => {
  if (arrived.get(key)?.deref() === undefined) arrived.delete(key)
})

/**
 * Called once by each module that has such a class. With `isOpen`, the same thing that arrives again, as the argument
 * of a hundred tasks, is the same handle while that is in use and open; without, each arrival is a handle of its own.
 */
export function registerShareable<Handle extends object>(
  kind: string,
  revive: (data: unknown, descriptors: number[]) => Handle,
  isOpen?: (handle: Handle) => boolean,
): void {
  kinds.set(kind, { revive, isOpen: isOpen as Kind['isOpen'] })
}

export function reviverOf(kind: string): Reviver | undefined {
  const known = kinds.get(kind)
  if (known?.isOpen === undefined) return known?.revive
  return (data, descriptors) => again(kind, known, data, descriptors)
}

function again(name: string, kind: Kind, data: unknown, descriptors: number[]): object {
  const native = loadNative()
  const [first] = descriptors
  if (native === undefined || first === undefined) return kind.revive(data, descriptors)
  const key = `${name} ${native.descriptorIdentity(first)}`
  const before = arrived.get(key)?.deref()
  if (before !== undefined && kind.isOpen?.(before) === true) {
    for (const descriptor of descriptors) native.close(descriptor)
    return before
  }
  const handle = kind.revive(data, descriptors)
  arrived.set(key, new WeakRef(handle))
  forgotten.register(handle, key)
  return handle
}

export function isShareable(value: unknown): value is Shareable {
  return typeof (value as Shareable | null)?.toShared === 'function'
}
