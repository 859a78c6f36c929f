/** Bytes that several processes see, with or without a name. */
import { checkKnownKeys, fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import type { Shareable } from '../codec/shareable.ts'
import { checkInteger } from '../sync/options.ts'
import { createNamed, openAgain, openNamed, sweepNamed } from './named-file.ts'
import { needAddon, Segment } from './segment.ts'

/** Most bytes of one piece of shared memory: what an ArrayBuffer of Node 20 may have. */
export const maximumBytes: number = 2 ** 32

export interface SharedMemoryOptions {
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with a dot. @default none: only who is given the handle has it */
  readonly name?: string | undefined
}

/**
 * Zeroed bytes that several processes see; a handle may be an argument of processes and tasks. Without a name, the kernel frees them with the last process that has them,
 * however that ends. With a name, other processes of the same user open them by it, until the last of these closes
 * or ends; what a kill leaves over is removed when any process next creates, opens or closes named memory.
 *
 * @example
 * const memory = SharedMemory.create(4_096)
 * new Uint8Array(memory.buffer)[0] = 1
 */
export class SharedMemory implements Shareable {
  readonly bytes: number
  /** The same bytes in every process. Views of it are empty after close(). */
  readonly buffer: ArrayBuffer
  readonly name: string | undefined
  readonly #segment: Segment
  /** Has the file lock; -1 without a name. */
  readonly #lock: number

  private constructor(segment: Segment, name: string | undefined, lock: number) {
    this.#segment = segment
    this.#lock = lock
    this.bytes = segment.bytes
    this.buffer = segment.buffer
    this.name = name
  }

  /** New memory. Throws OPTION_INVALID, MEMORY_NAME_IN_USE, UNSUPPORTED without the addon, SYSTEM_ERROR when it is full. */
  static create(bytes: number, options: SharedMemoryOptions = {}): SharedMemory {
    checkKnownKeys('options', options, ['name'])
    const { name } = options
    checkInteger('bytes', bytes, 1, maximumBytes)
    if (name !== undefined) return SharedMemory.attach(createNamed(name, bytes), name)
    return new SharedMemory(Segment.create(bytes), undefined, -1)
  }

  /** The memory that another process (or this one) created with that name. Throws MEMORY_NOT_FOUND, OPTION_INVALID. */
  static open(name: string): SharedMemory {
    return SharedMemory.attach(openNamed(name), name)
  }

  /** @internal */
  static attach(descriptor: number, name?: string): SharedMemory {
    if (name === undefined) return new SharedMemory(Segment.attach(descriptor), undefined, -1)
    return new SharedMemory(Segment.attach(openAgain(descriptor)), name, descriptor)
  }

  get closed(): boolean {
    return this.#segment.closed
  }

  /** Gives up this handle's access; views become empty. Others keep theirs. */
  close(): void {
    if (this.closed) return
    this.#segment.close()
    this.#leaveName()
  }

  /**
   * Closes the handle as `close` does, and gives its bytes, which stay: they are unmapped when nobody refers to them any
   * more. For what is handed on to code that may keep it for any time. Throws CLOSED.
   */
  release(): ArrayBuffer {
    if (this.closed) throw fail('CLOSED', { what: 'SharedMemory' })
    const buffer = this.#segment.release()
    this.#leaveName()
    return buffer
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #leaveName(): void {
    if (this.#lock < 0) return
    needAddon('named shared memory').close(this.#lock)
    sweepNamed()
  }

  toShared(): SharedForm {
    if (this.closed) throw fail('CLOSED', { what: 'SharedMemory' })
    return {
      kind: 'shared-memory',
      data: { name: this.name },
      descriptors: [this.#lock < 0 ? this.#segment.descriptor : this.#lock],
    }
  }
}

registerShareable(
  'shared-memory',
  (data, [descriptor = -1]) => {
    return SharedMemory.attach(descriptor, (data as SharedMemoryOptions).name)
  },
  (handle) => !handle.closed,
)
