/**
 * One piece of memory that several processes map: an anonymous file in memory, reached by its descriptor only.
 * The kernel frees it when the last process that maps it is gone, however that ends.
 */
import { fail } from '../../core/index.ts'
import { checkCall, loadNative, type Native } from '../../native/index.ts'
import { OwnedDescriptor } from './owned-descriptor.ts'
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'

/** Sealed memory, mapped in this process. Atomics on plain views of `buffer` are atomic across processes. */
export class Segment implements Shareable {
  readonly bytes: number
  readonly buffer: ArrayBuffer
  readonly #native: Native
  readonly #owned: OwnedDescriptor
  #closed = false

  private constructor(native: Native, descriptor: number, bytes: number) {
    const buffer = native.memoryMap(descriptor, bytes)
    if (typeof buffer === 'number') {
      native.close(descriptor)
      checkCall(buffer, 'mmap', `${bytes} bytes`)
      throw new Error('unreachable')
    }
    this.#native = native
    this.bytes = bytes
    this.buffer = buffer
    this.#owned = new OwnedDescriptor(descriptor)
  }

  /** New memory, zeroed and allocated. Throws UNSUPPORTED without the addon, SYSTEM_ERROR when there is none left. */
  static create(bytes: number, name = 'lanework'): Segment {
    const native = needAddon('shared memory')
    const descriptor = checkCall(native.memoryCreate(name, bytes), 'memfd_create', `${bytes} bytes`)
    return new Segment(native, descriptor, bytes)
  }

  /** Maps the memory behind a descriptor, which the segment owns from now on. */
  static attach(descriptor: number): Segment {
    const native = needAddon('shared memory')
    const bytes = checkCall(native.descriptorBytes(descriptor), 'fstat', `descriptor ${descriptor}`)
    return new Segment(native, descriptor, bytes)
  }

  /** A copy of bytes in memory that only the descriptor refers to. Throws UNSUPPORTED, SYSTEM_ERROR. */
  static copyOf(bytes: Uint8Array): OwnedDescriptor {
    const native = needAddon('shared memory')
    return new OwnedDescriptor(
      checkCall(native.memoryCopy('lanework-array', bytes), 'memfd_create', `${bytes.length} bytes`),
    )
  }

  /** Only the memory behind a descriptor, which is closed; it is unmapped when nobody refers to the buffer any more. */
  static adopt(descriptor: number): ArrayBuffer {
    return Segment.attach(descriptor).release()
  }

  /** Closes the descriptor and leaves the memory; it is unmapped when nobody refers to the buffer any more. */
  release(): ArrayBuffer {
    this.#closed = true
    this.#owned.close()
    return this.buffer
  }

  toShared(): SharedForm {
    return { kind: 'segment', data: undefined, descriptors: [this.descriptor] }
  }

  get descriptor(): number {
    return this.#owned.number
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Unmaps: views of the buffer become empty. Other processes keep theirs. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#native.memoryRelease(this.buffer)
    this.#owned.close()
  }
}

/** The addon, or UNSUPPORTED for what cannot be without it. */
export function needAddon(feature: string): Native {
  const native = loadNative()
  if (native === undefined) throw fail('UNSUPPORTED', { feature, reason: 'it needs the native addon' })
  return native
}

registerShareable('segment', (_, descriptors) => Segment.attach(descriptors[0] as number))
