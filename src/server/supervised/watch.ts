/**
 * Looks at lanes from outside, by what they last wrote into shared memory: one that does not write any more is blocked, and
 * killed in the end; one that uses too much memory is replaced.
 */
import type { LaneChild } from './lane-child.ts'

/** What is seen of a lane. */
export interface LaneSight {
  /** When it wrote last, by its own clock; only changes matter. */
  readonly beatMs: number | undefined
  readonly memoryBytes: number | undefined
}

export interface LaneWatchOptions {
  readonly hangMs: number
  readonly memoryBytes: number | undefined
  readonly lanes: () => readonly LaneChild[]
  readonly look: (lane: LaneChild) => LaneSight
  readonly onBlocked: (lane: LaneChild) => void
  readonly onHang: (lane: LaneChild) => void
  readonly onMemory: (lane: LaneChild, bytes: number) => void
}

/** A lane that has not turned for so long is called blocked. */
export const blockedMs = 500
const everyMs = 100
/** One that is still there so long after it was to be replaced is to be replaced again: its successor did not start. */
const memoryAgainMs = 15_000

interface Watched {
  beatMs: number | undefined
  silentMs: number
  /** Told of, so far. */
  told: boolean
  /** How long it has been since it was found to use too much. */
  overMs: number
}

export class LaneWatch {
  readonly #options: LaneWatchOptions
  readonly #watched = new WeakMap<LaneChild, Watched>()
  readonly #timer: NodeJS.Timeout
  #lookedMs = performance.now()

  constructor(options: LaneWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), everyMs).unref()
  }

  isBlocked(lane: LaneChild): boolean {
    return (this.#watched.get(lane)?.silentMs ?? 0) >= blockedMs
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const nowMs = performance.now()
    // When all of us stood still, the machine or a stopped job, the time in between proves nothing against the lanes.
    const passedMs = Math.min(nowMs - this.#lookedMs, everyMs * 2)
    this.#lookedMs = nowMs
    for (const lane of this.#options.lanes()) this.#judge(lane, passedMs)
  }

  #judge(lane: LaneChild, passedMs: number): void {
    const { hangMs, memoryBytes: ceiling, look, onBlocked, onHang, onMemory } = this.#options
    const { beatMs, memoryBytes } = look(lane)
    const watched = this.#watched.get(lane) ?? { beatMs, silentMs: 0, told: false, overMs: Infinity }
    this.#watched.set(lane, watched)
    if (beatMs === watched.beatMs) watched.silentMs += passedMs
    else {
      watched.silentMs = 0
      watched.told = false
    }
    watched.beatMs = beatMs
    if (watched.silentMs >= hangMs) onHang(lane)
    else if (watched.silentMs >= blockedMs && !watched.told) {
      watched.told = true
      onBlocked(lane)
    }
    watched.overMs += passedMs
    if (ceiling === undefined || memoryBytes === undefined || memoryBytes <= ceiling) return
    if (watched.overMs < memoryAgainMs) return
    watched.overMs = 0
    onMemory(lane, memoryBytes)
  }
}
