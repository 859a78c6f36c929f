/**
 * What a lane tells of itself ten times a second, without being asked: that its event loop turns, how late it is, how
 * much memory there is in use. It goes into shared memory, so a lane that is blocked or dead is seen as it last was. The same look decides
 * whether the lane turns new work away (`shedLagMs`, `shedMemoryBytes`).
 *
 * Its time is the machine's, also where a test turns the hands of the lane's clock: those tell nothing about a real event loop.
 */
import { getHeapStatistics } from 'node:v8'
import type { LaneContext } from './lane.ts'
import { laneGauges, type LaneGauge } from './measures.ts'
import type { MeasureWriter } from './shared/measure-block.ts'
import { machineMs } from './shared/memory.ts'
import { LoadWatch, type LoadState } from './shedding/load-watch.ts'

export const beatEveryMs = 100
/** Asking for the memory takes longer than all else, so without a limit it is asked for once in so many beats. */
const memoryEvery = 10

/** What the beat asks of the lane it belongs to. */
export interface BeatSource {
  readonly connections: number
  /** Brings what is counted elsewhere up to date. */
  refresh(): void
}

export class Beat {
  readonly #lane: LaneContext
  readonly #source: BeatSource
  readonly #own: MeasureWriter
  readonly #at: { readonly [Name in LaneGauge]: number }
  readonly #readMemory: () => number
  readonly #watch: LoadWatch
  #beats = 0
  #memoryBytes = 0

  /** Begins at once, and goes on until it is closed; its timer does not keep the process. */
  constructor(lane: LaneContext, source: BeatSource) {
    const { shedLagMs, shedMemoryBytes } = lane.limits
    const { own } = lane.shared.measures
    this.#lane = lane
    this.#source = source
    this.#own = own
    const names = Object.keys(laneGauges) as LaneGauge[]
    this.#at = Object.fromEntries(names.map((name) => [name, own.at(name)])) as { [Name in LaneGauge]: number }
    this.#readMemory = memoryReader(lane.info.kind)
    this.#watch = new LoadWatch({
      lagMs: shedLagMs === 0 ? undefined : { high: shedLagMs },
      memoryBytes: shedMemoryBytes === 0 ? undefined : { high: shedMemoryBytes },
      everyMs: beatEveryMs,
      readMemory: () => (this.#memoryBytes = this.#readMemory()),
      onLook: (state) => this.#write(state),
      onChange: (state) => this.#shed(state),
    })
    this.#write(this.#watch.state)
  }

  close(): void {
    this.#watch.close()
    this.#lane.overloaded = false
    this.#write({ ...this.#watch.state, overloaded: false })
  }

  #write({ lagMs, overloaded }: LoadState): void {
    const own = this.#own
    const at = this.#at
    const { flight, limits } = this.#lane
    if (this.#memoryBytes === 0 || (limits.shedMemoryBytes === 0 && this.#beats % memoryEvery === 0)) {
      this.#memoryBytes = this.#readMemory()
    }
    this.#beats++
    this.#source.refresh()
    this.#stage(at.beatMs, machineMs())
    this.#stage(at.lagMs, lagMs)
    this.#stage(at.memoryBytes, this.#memoryBytes)
    this.#stage(at.inFlight, flight.count)
    this.#stage(at.connections, this.#source.connections)
    this.#stage(at.overloaded, overloaded ? 1 : 0)
    own.commit()
  }

  /** Gauges are written together, by what they differ from their last value. */
  #stage(index: number, value: number): void {
    this.#own.stage(index, value - (this.#own.counters.cells[index] as number))
  }

  #shed({ overloaded, reasons }: LoadState): void {
    this.#lane.overloaded = overloaded
    this.#lane.events.emit('shedding', { lane: this.#lane.info.id, overloaded, reasons })
  }
}

/** Resident bytes of a process; of a thread, which has no memory of its own as the system sees it, its heap. */
function memoryReader(kind: LaneContext['info']['kind']): () => number {
  if (kind === 'thread') return () => getHeapStatistics().used_heap_size
  return () => process.memoryUsage.rss()
}
