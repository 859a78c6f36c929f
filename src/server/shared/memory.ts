/**
 * Where what lanes share lives. A number is written whole in each kind (64-bit machines), so a reader never sees half of one.
 *
 *   inline    an ArrayBuffer        one thread; ends with it
 *   thread    a SharedArrayBuffer   all threads of a process, passed by postMessage; a thread that is terminated leaves what
 *                                   it wrote, the process's end takes all along
 *   process   SharedMemory          any process that is given the handle; survives kill -9 of each of them; needs the addon
 */
import { fail } from '../../core/index.ts'
import { SharedMemory } from '../../process/index.ts'
import type { LaneInfo } from '../types.ts'

export type LaneMemory = SharedMemory | SharedArrayBuffer | ArrayBuffer

/** Zeroed memory for lanes of a kind. Throws UNSUPPORTED for processes without the addon, SYSTEM_ERROR. */
export function newLaneMemory(kind: LaneInfo['kind'], bytes: number): LaneMemory {
  if (kind === 'process') return SharedMemory.create(bytes)
  return kind === 'thread' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
}

/** Two lanes that write into one line of a processor's cache slow each other down, so each has lines of its own. */
export const lineBytes = 64

export function aligned(bytes: number): number {
  return Math.ceil(bytes / lineBytes) * lineBytes
}

/** The bytes, if so many are there from `offset` on, a multiple of 64. Throws CLOSED, OPTION_INVALID. */
export function bufferOf(memory: LaneMemory, offset: number, bytes: number): ArrayBuffer {
  const buffer = memory instanceof SharedMemory ? memory.buffer : memory
  if (memory instanceof SharedMemory && memory.closed) throw fail('CLOSED', { what: 'shared memory of lanes' })
  const isRight = Number.isSafeInteger(offset) && offset >= 0 && offset % lineBytes === 0
  if (!isRight || offset + bytes > buffer.byteLength) {
    const rule = `a multiple of ${lineBytes} that leaves ${bytes} of ${buffer.byteLength} bytes`
    throw fail('OPTION_INVALID', { option: 'offset', rule, got: String(offset) })
  }
  return buffer as ArrayBuffer
}

/** The clock of the machine: the same milliseconds in each of its processes and threads, never going back. */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1e6
}
