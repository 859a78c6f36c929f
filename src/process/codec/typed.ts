/** Typed arrays by number, as they are named on the wire. */
import { typedArrayClasses } from '../typed-arrays.ts'

type ViewConstructor = new (memory: ArrayBufferLike, offset: number, length: number) => ArrayBufferView

/** The kinds of views, numbered for the wire. */
const typedKinds: readonly ViewConstructor[] = [...(typedArrayClasses as readonly ViewConstructor[]), DataView]

/** The kind that stands for Node's Buffer. */
const bufferKind: number = typedKinds.length

/** The number of a view's kind; a subclass counts as what it extends. */
export function kindOf(view: ArrayBufferView): number {
  if (Buffer.isBuffer(view)) return bufferKind
  const kind = typedKinds.findIndex((constructor) => view.constructor === constructor)
  return kind >= 0 ? kind : typedKinds.findIndex((constructor) => view instanceof constructor)
}

/** A view of that kind over the memory; undefined for a number that is no kind. */
export function viewOf(
  kind: number,
  memory: ArrayBufferLike,
  offset: number,
  bytes: number,
): ArrayBufferView | undefined {
  if (kind === bufferKind) return Buffer.from(memory as ArrayBuffer, offset, bytes)
  const constructor = typedKinds[kind]
  if (constructor === undefined) return undefined
  const size = 'BYTES_PER_ELEMENT' in constructor ? Number(constructor.BYTES_PER_ELEMENT) : 1
  return new constructor(memory, offset, bytes / size)
}
