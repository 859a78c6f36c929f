/** Empties sockets that nobody will serve any more, and counts what is lost. */
import { passedDescriptorsLimit } from './descriptors.ts'
import type { Native } from '../native/index.ts'

/** What was thrown away. */
export interface Discarded {
  readonly datagrams: number
  /** Reset. */
  readonly connections: number
}

/** More may arrive while it is emptied; it must end all the same. */
const discardLimit = 65_536

export function discardAll(
  native: Native,
  areDatagrams: boolean,
  descriptors: readonly number[],
  pairs: readonly { readonly reading: number }[],
): Discarded {
  const discard = (fd: number, most: number): number =>
    areDatagrams ? native.discardDatagrams(fd, most) : native.discardConnections(fd, most)
  let left = discardLimit
  // What was accepted and not taken, before what was not accepted.
  for (const { reading } of pairs) left -= discardHanded(native, reading)
  for (const fd of descriptors) left -= Math.max(0, discard(fd, Math.max(0, left)))
  const count = discardLimit - left
  return areDatagrams ? { datagrams: count, connections: 0 } : { datagrams: 0, connections: count }
}

/** The pair is bounded, and only we write into it. */
function discardHanded(native: Native, reading: number): number {
  const records = Buffer.alloc(passedDescriptorsLimit * native.recordBytes)
  const fds = new Int32Array(passedDescriptorsLimit + 1)
  let count = 0
  while (native.recvDescriptors(reading, records, fds) > 0) {
    const arrived = fds.subarray(1, 1 + (fds[0] as number))
    for (const fd of arrived) {
      native.resetOnClose(fd)
      native.close(fd)
    }
    count += arrived.length
  }
  return count
}
