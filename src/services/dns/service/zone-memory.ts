/**
 * Large zones on their way to lanes: each in memory of its own with a name, made once, so that a small zone that changes does not
 * bring about copies of the large ones beside it.
 *
 *   owner: zone ─▶ memory ─▶ its name in snapshots        lane: name ─▶ the same memory, mapped once, and kept while it is served
 */
import { randomBytes } from 'node:crypto'

import { isLaneworkError } from '../../../core/index.ts'
import { SharedMemory } from '../../../process/index.ts'
import type { ZoneImage } from '../zone/image.ts'
import { Zone } from '../zone/zone.ts'

/** From so many bytes on an image has memory of its own. */
const leastBytesUsual = 1_048_576
/** A lane may be so many snapshots behind, and still find what is in its own. */
const snapshotsKept = 3

interface Made {
  readonly memory: SharedMemory
  usedAt: number
}

/** The owner's side. */
export class ZoneMemories {
  readonly #leastBytes: number
  readonly #made = new Map<ZoneImage, Made>()
  #snapshots = 0

  constructor(leastBytes: number = leastBytesUsual) {
    this.#leastBytes = leastBytes
  }

  /** The memories that there are. */
  get count(): number {
    return this.#made.size
  }

  /** The name of a zone's memory; undefined for one that is small, and where there is no such memory: it goes into the snapshot. */
  nameOf({ image }: Zone): string | undefined {
    if (image.bytes.length < this.#leastBytes) return undefined
    const known = this.#made.get(image)
    if (known !== undefined) {
      known.usedAt = this.#snapshots
      return known.memory.name
    }
    try {
      const name = `dns-${process.pid}-${randomBytes(8).toString('hex')}`
      const memory = SharedMemory.create(image.bytes.length, { name })
      new Uint8Array(memory.buffer).set(image.bytes)
      this.#made.set(image, { memory, usedAt: this.#snapshots })
      return name
    } catch (error) {
      // Without the addon, and where shared memory is full.
      if (isLaneworkError(error)) return undefined
      throw error
    }
  }

  /** A snapshot is made: memories that none of the last ones names are let go. */
  published(): void {
    this.#snapshots++
    for (const [image, { memory, usedAt }] of this.#made) {
      if (usedAt > this.#snapshots - snapshotsKept) continue
      memory.close()
      this.#made.delete(image)
    }
  }

  close(): void {
    for (const { memory } of this.#made.values()) memory.close()
    this.#made.clear()
  }
}

interface Opened {
  readonly memory: SharedMemory
  readonly zone: Zone
}

/** A lane's side. */
export class OpenedZones {
  #opened = new Map<string, Opened>()

  /**
   * Runs `take`, which opens the zones of a snapshot by their names; what was open before and is not any more is let go, and what still
   * answers from it may go on. Throws what `take` throws, and then all is as before; MEMORY_NOT_FOUND for a name that is gone.
   */
  change<Result>(take: (open: (name: string) => Zone) => Result): Result {
    const before = this.#opened
    const now = new Map<string, Opened>()
    const open = (name: string): Zone => {
      const one = now.get(name) ?? before.get(name) ?? openZone(name)
      now.set(name, one)
      return one.zone
    }
    try {
      const result = take(open)
      this.#opened = now
      release(before, now)
      return result
    } catch (error) {
      release(now, before)
      throw error
    }
  }

  close(): void {
    release(this.#opened, new Map())
    this.#opened = new Map()
  }
}

function openZone(name: string): Opened {
  const memory = SharedMemory.open(name)
  try {
    return { memory, zone: new Zone(new Uint8Array(memory.buffer)) }
  } catch (error) {
    memory.close()
    throw error
  }
}

/** Their bytes stay for as long as somebody refers to them. */
function release(opened: ReadonlyMap<string, Opened>, kept: ReadonlyMap<string, Opened>): void {
  for (const [name, { memory }] of opened) if (!kept.has(name)) memory.release()
}
