/**
 * Handles as values: queues, locks, shared memory and connections may be arguments of a process or task. A handle
 * says what to send in its place, and the receiver's reviver of that kind makes a handle of its own from it.
 */
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

const revivers = new Map<string, Reviver>()

/** Called once by each module that has such a class. */
export function registerShareable(kind: string, revive: Reviver): void {
  revivers.set(kind, revive)
}

export function reviverOf(kind: string): Reviver | undefined {
  return revivers.get(kind)
}

export function isShareable(value: unknown): value is Shareable {
  return typeof (value as Shareable | null)?.toShared === 'function'
}
