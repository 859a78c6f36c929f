/** One number that several processes see, with a lock of its own. */
import { fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { Lock, lockWords } from '../sync/lock.ts'
import { firstWord, SyncObject, SyncState } from '../sync/sync-state.ts'
import { arrayClasses, isNumberKind, type ArrayOf, type NumberKind, type NumberOf } from './kinds.ts'

/** The number stands behind the words of its lock, at a multiple of 8 bytes. */
const cellBytes = 8
const cellAt = Math.ceil(((firstWord + lockWords) * 4) / cellBytes) * cellBytes

/** Kinds that Atomics can change in one step. */
export type IntegerKind = Exclude<NumberKind, 'f32' | 'f64' | 'u8c'>

type AtomicsOn<Kind extends NumberKind> = Kind extends IntegerKind ? NumberOf<Kind> : never

/**
 * One number in shared memory: 'i8' to 'u32', 'f32', 'f64', and as bigint 'i64' and 'u64'. Integers have atomic
 * operations; for longer changes hold `lock`. A handle may be an argument of processes and tasks.
 * Throws OPTION_INVALID, and UNSUPPORTED without the addon.
 *
 * @example
 * const count = new Value('i32', 10)
 * count.add(1)                                         // gives 10
 * await count.lock.with(() => count.set(count.get() * 2))
 */
export class Value<Kind extends NumberKind> extends SyncObject<SyncState> {
  readonly kind: Kind
  /** For changes of several steps. */
  readonly lock: Lock
  readonly #cell: ArrayOf<Kind>

  /**
   * @param initial 0 if not given
   * @param state internal
   */
  constructor(kind: Kind, initial?: NumberOf<Kind>, state?: SyncState) {
    super('Value', state ?? newCell(kind))
    this.kind = kind
    this.lock = new Lock(this.state)
    this.#cell = new arrayClasses[kind](this.state.segment.buffer, cellAt, 1) as ArrayOf<Kind>
    if (initial !== undefined) this.set(initial)
  }

  get(): NumberOf<Kind> {
    void this.state
    return this.#cell[0] as NumberOf<Kind>
  }

  set(value: NumberOf<Kind>): void {
    void this.state
    this.#cell[0] = value
  }

  /** Adds in one step; gives the number before. Integers only: throws OPTION_INVALID for the others. */
  add(value: AtomicsOn<Kind>): NumberOf<Kind> {
    return Atomics.add(this.#integer(), 0, value as never) as NumberOf<Kind>
  }

  /** Sets it in one step; gives the number before. Integers only. */
  exchange(value: AtomicsOn<Kind>): NumberOf<Kind> {
    return Atomics.exchange(this.#integer(), 0, value as never) as NumberOf<Kind>
  }

  /** Sets it if it is `expected`, in one step; gives the number before. Integers only. */
  compareExchange(expected: AtomicsOn<Kind>, value: AtomicsOn<Kind>): NumberOf<Kind> {
    return Atomics.compareExchange(this.#integer(), 0, expected as never, value as never) as NumberOf<Kind>
  }

  toShared(): SharedForm {
    return { kind: 'value', data: this.kind, descriptors: this.state.descriptors }
  }

  #integer(): Int32Array {
    void this.state
    if (['f32', 'f64', 'u8c'].includes(this.kind)) {
      throw fail('OPTION_INVALID', { option: 'kind', rule: 'an integer, for atomic operations', got: this.kind })
    }
    return this.#cell as Int32Array
  }
}

function newCell(kind: unknown): SyncState {
  if (!isNumberKind(kind)) {
    throw fail('OPTION_INVALID', { option: 'kind', rule: Object.keys(arrayClasses).join(', '), got: String(kind) })
  }
  return SyncState.create((cellAt + cellBytes) / 4 - firstWord)
}

registerShareable(
  'value',
  (data, descriptors) => {
    return new Value(data as NumberKind, undefined, SyncState.attach(descriptors))
  },
  (handle) => !handle.closed,
)
