/** Snapshots as they travel: copied once when they are published, then the same memory in every lane. */
import { isLaneworkError } from '../../core/index.ts'
import { SharedMemory } from '../../process/index.ts'
import type { Snapshot } from './messages.ts'

/** From this size on a snapshot is in memory that lanes map; a smaller one is copied faster than it is mapped. */
const sharedBytes = 65_536

/** Copies the bytes to where all lanes see them. Throws SYSTEM_ERROR when there is no memory left. */
export function shareSnapshot(bytes: Uint8Array): Snapshot {
  if (bytes.length < sharedBytes) return copySnapshot(bytes)
  let memory: SharedMemory
  try {
    memory = SharedMemory.create(bytes.length)
  } catch (error) {
    // Without the addon every lane gets a copy of its own.
    if (isLaneworkError(error, 'UNSUPPORTED')) return copySnapshot(bytes)
    throw error
  }
  new Uint8Array(memory.buffer).set(bytes)
  return memory
}

/** A copy for this thread. */
export function copySnapshot(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** Its bytes, for as long as somebody refers to them; the handle ends. */
export function openSnapshot(snapshot: Snapshot): Uint8Array {
  return snapshot instanceof Uint8Array ? snapshot : new Uint8Array(snapshot.release())
}

/** Ends our access to it; what was sent of it still arrives. */
export function dropSnapshot(snapshot: Snapshot | undefined): void {
  if (!(snapshot instanceof Uint8Array)) snapshot?.close()
}
