/**
 * The shared memory of a queue. Words that different processors write are 128 bytes apart, so that none of them
 * takes another's cache line (processors fetch lines in pairs).
 *
 *   word    0  version, form, slots, capacity, body bytes, ended
 *          32  puts          items ever put      \  the only words that commit
 *          64  gets          items ever taken    /
 *          96  dones         items ever done with (JoinableQueue)
 *         128  put lock      who is putting (sync/owner.ts), or 0
 *         160  get lock
 *         192  items, 224 space, 256 done: two words each (sync/wait-point.ts)
 *   byte 1,152  records: slot table (start, length and kind of each), then their bytes
 *               cells:   numbers of one kind
 *
 * The counters wrap at 2^32; item n uses slot n modulo the number of slots, which is a power of two.
 */
import { fail } from '../../core/index.ts'
import { typedArrayClasses, type TypedArrayClass } from '../typed-arrays.ts'

export const layoutVersion = 1

export const word = {
  version: 0,
  form: 1,
  slots: 2,
  capacity: 3,
  bodyBytes: 4,
  ended: 5,
  puts: 32,
  gets: 64,
  dones: 96,
  putLock: 128,
  getLock: 160,
  items: 192,
  space: 224,
  done: 256,
} as const

export const headerBytes = 1_152
/** The form of a queue of values; queues of numbers have the index of their kind, from 1. */
export const recordForm = 0

/** What the first words of a queue say. */
export interface Layout {
  readonly form: number
  readonly slots: number
  readonly capacity: number
  readonly bodyBytes: number
}

/** The layout of a queue of values. */
export function recordLayout(capacity: number, arenaBytes: number): Layout {
  return { form: recordForm, slots: powerOfTwo(capacity), capacity, bodyBytes: (arenaBytes + 7) & ~7 }
}

/** The layout of a queue of numbers. Throws OPTION_INVALID when `of` is no array of numbers. */
export function cellLayout(capacity: number, of: TypedArrayClass): Layout {
  const form = typedArrayClasses.indexOf(of) + 1
  if (form === 0) {
    const rule = `one of ${typedArrayClasses.map(({ name }) => name).join(', ')}`
    throw fail('OPTION_INVALID', { option: 'of', rule, got: String((of as { name?: string }).name) })
  }
  const slots = powerOfTwo(capacity)
  return { form, slots, capacity, bodyBytes: slots * of.BYTES_PER_ELEMENT }
}

export function totalBytes(layout: Layout): number {
  return headerBytes + slotTableBytes(layout) + layout.bodyBytes
}

export function slotTableBytes({ form, slots }: Layout): number {
  return form === recordForm ? slots * 8 : 0
}

export function writeLayout(header: Int32Array, { form, slots, capacity, bodyBytes }: Layout): void {
  header.set([layoutVersion, form, slots, capacity, bodyBytes])
}

/** Throws UNSUPPORTED for memory that is no queue, or one of another version of lanework. */
export function readLayout(header: Int32Array): Layout {
  const [version = 0, form = 0, slots = 0, capacity = 0, bodyBytes = 0] = header
  if (version === layoutVersion) return { form, slots, capacity, bodyBytes }
  throw fail('UNSUPPORTED', {
    feature: 'this queue',
    reason: `its memory has layout ${version}, and this version of lanework knows ${layoutVersion}`,
  })
}

/** The constructor of a form's numbers; undefined for values. */
export function numbersOf(form: number): TypedArrayClass | undefined {
  return typedArrayClasses[form - 1]
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least))
}
