/** A typed array that several processes see. */
import { fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import type { Shareable } from '../codec/shareable.ts'
import { checkInteger, internalParameter } from '../sync/options.ts'
import type { TypedArray, TypedArrayClass } from '../typed-arrays.ts'
import { arrayClasses, type NumberKind } from './kinds.ts'
import { Segment } from './segment.ts'
import { maximumBytes } from './shared-memory.ts'

/**
 * A typed array, zeroed, whose numbers several processes see without a copy; Atomics work on `array` across processes.
 * Throws OPTION_INVALID, UNSUPPORTED without the addon, SYSTEM_ERROR when there is no memory left.
 *
 * @example
 * const counts = new SharedArray(Int32Array, 8)
 * Atomics.add(counts.array, 0, 1)
 */
export class SharedArray<View extends TypedArray> implements Shareable {
  /** Empty after close(). */
  readonly array: View
  readonly length: number
  readonly #segment: Segment

  /** @param segment internal */
  constructor(View: TypedArrayClass<View>, length: number, segment?: Segment) {
    kindOf(View)
    checkInteger('length', length, 1, Math.floor(maximumBytes / View.BYTES_PER_ELEMENT))
    if (segment !== undefined && !(segment instanceof Segment)) throw internalParameter('SharedArray', segment)
    this.length = length
    this.#segment = segment ?? Segment.create(length * View.BYTES_PER_ELEMENT)
    this.array = new View(this.#segment.buffer, 0, length)
  }

  get closed(): boolean {
    return this.#segment.closed
  }

  /** Gives up this process's access; others keep theirs. */
  close(): void {
    this.#segment.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  toShared(): SharedForm {
    if (this.closed) throw fail('CLOSED', { what: 'SharedArray' })
    const data = { type: kindOf(this.array.constructor), length: this.length }
    return { kind: 'shared-array', data, descriptors: [this.#segment.descriptor] }
  }
}

function kindOf(View: unknown): NumberKind {
  const kinds = Object.keys(arrayClasses) as NumberKind[]
  const kind = kinds.find((name) => arrayClasses[name] === View)
  if (kind === undefined) throw fail('OPTION_INVALID', { option: 'View', rule: 'a typed array', got: String(View) })
  return kind
}

registerShareable(
  'shared-array',
  (data, [descriptor = -1]) => {
    const { type, length } = data as { type: NumberKind; length: number }
    return new SharedArray(arrayClasses[type] as TypedArrayClass<TypedArray>, length, Segment.attach(descriptor))
  },
  (handle) => !handle.closed,
)
