/**
 * Descriptors passed between processes over a Unix socket (SCM_RIGHTS): how a supervisor hands its
 * bound sockets to lanes and to its successor. Needs the addon; without it every call is UNSUPPORTED.
 */
import { fail } from '../core/index.ts'
import { Poll, readable, writable, errnoName, loadNative, type Native } from '../native/index.ts'
import { checkStatus } from './system-error.ts'

/** Descriptors that travel in one message at most. */
export const passedDescriptorsLimit = 64

/** The addon, or UNSUPPORTED for what cannot be done without it. */
export function needNative(feature: string): Native {
  const native = loadNative()
  if (native === undefined) throw fail('UNSUPPORTED', { feature, reason: 'it needs the native addon' })
  return native
}

/** Two connected Unix sockets, as descriptors; the caller closes both. */
export function descriptorPair(kind: 'stream' | 'datagram' = 'stream'): [number, number] {
  const fds = new Int32Array(2)
  checkStatus(needNative('a socket pair').pair(kind === 'stream' ? 1 : 0, fds), {
    syscall: 'socketpair',
    address: 'pair',
  })
  return [fds[0] as number, fds[1] as number]
}

/** Sends bytes (at least one) and descriptors with them; ours stay open. */
export async function sendDescriptors(
  socket: number,
  bytes: Uint8Array,
  descriptors: readonly number[],
): Promise<void> {
  const native = needNative('passing descriptors')
  if (descriptors.length > passedDescriptorsLimit || bytes.length === 0) {
    throw fail('OPTION_INVALID', {
      option: 'descriptors',
      rule: `at most ${passedDescriptorsLimit}, with at least one byte`,
      got: `${descriptors.length} descriptors, ${bytes.length} bytes`,
    })
  }
  const fds = Int32Array.from(descriptors)
  const call = { syscall: 'sendmsg', address: `descriptor ${socket}` }
  let status = native.sendDescriptors(socket, bytes, fds)
  while (status < 0 && errnoName(status) === 'EAGAIN') {
    await ready(native, socket, writable)
    status = native.sendDescriptors(socket, bytes, fds)
  }
  checkStatus(status, call)
}

/** Receives one message: its bytes, empty when the other end is closed, and the descriptors, now ours to close. */
export async function receiveDescriptors(
  socket: number,
  sizeBytes = 65_536,
): Promise<{ bytes: Buffer; descriptors: number[] }> {
  const native = needNative('receiving descriptors')
  const buffer = Buffer.allocUnsafe(sizeBytes)
  const fds = new Int32Array(passedDescriptorsLimit + 1)
  let status = native.recvDescriptors(socket, buffer, fds)
  while (status < 0 && errnoName(status) === 'EAGAIN') {
    await ready(native, socket, readable)
    status = native.recvDescriptors(socket, buffer, fds)
  }
  checkStatus(status, { syscall: 'recvmsg', address: `descriptor ${socket}` })
  return { bytes: buffer.subarray(0, status), descriptors: [...fds.subarray(1, 1 + (fds[0] as number))] }
}

/** Another descriptor for the same socket. */
export function duplicateDescriptor(descriptor: number): number {
  const native = needNative('duplicating a descriptor')
  return checkStatus(native.duplicate(descriptor), { syscall: 'dup', address: `descriptor ${descriptor}` })
}

export function closeDescriptor(descriptor: number): void {
  needNative('closing a descriptor').close(descriptor)
}

function ready(native: Native, descriptor: number, mask: number): Promise<void> {
  return new Promise((resolve) => {
    const poll = new Poll(native, descriptor, mask, () => {
      poll.close()
      resolve()
    })
  })
}
