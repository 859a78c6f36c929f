/** The lane of the calling thread: binds its listeners here and drains them here. */
import { isDatagram, parseAddress, type Address } from '../../io/index.ts'
import { openDatagramListener, type DatagramListener } from '../datagram-listener.ts'
import type { Lane, LaneContext } from '../lane.ts'
import { openStreamListener, type ServedStreams } from '../stream-listener.ts'
import type { DrainReport, LaneInfo, LaneState, ListenerStatus, ListenTarget } from '../types.ts'

const keepAliveMs = 1_000_000

/** After our end peers have this long to leave; cut off at once, they could lose replies that are on their way. */
const lingerMs = 250

export class InlineLane implements Lane {
  readonly info: LaneInfo
  readonly #context: LaneContext
  readonly #datagrams: DatagramListener[] = []
  readonly #streams: ServedStreams[] = []
  readonly #inOrder: (DatagramListener | ServedStreams)[] = []
  #dead = false
  #closing: Promise<void> | undefined

  constructor(context: LaneContext) {
    this.info = context.info
    this.#context = context
  }

  get state(): LaneState {
    if (this.#dead) return 'dead'
    if (this.#context.draining) return 'draining'
    return this.#context.flight.count > 0 ? 'running' : 'ready'
  }

  get inFlight(): number {
    return this.#context.flight.count
  }

  async start(targets: readonly ListenTarget[]): Promise<readonly Address[]> {
    const { definition } = this.#context.service
    try {
      await definition.start?.(this.info)
      for (const target of targets) await this.#open(target)
    } catch (error) {
      await this.close()
      throw error
    }
    for (const listener of this.#datagrams) listener.start()
    return this.#inOrder.map((listener) => listener.address)
  }

  listeners(): readonly ListenerStatus[] {
    return this.#inOrder.map((listener) => listener.status())
  }

  async drain(deadlineMs: number): Promise<DrainReport> {
    const { clock, flight } = this.#context
    const startedMs = clock.monotonicMs()
    const inFlight = flight.count
    const finishedBefore = flight.finished
    this.#context.draining = true
    await Promise.all(this.#streams.map((listener) => listener.stopAccepting()))
    const peers = this.#streams.flatMap((listener) => [...listener.peers])
    for (const peer of peers) peer.drain()
    await this.#settled(deadlineMs, startedMs + Math.min(deadlineMs, lingerMs))
    const cutOff = peers.filter((peer) => peer.isBusy)
    const report = {
      finished: Math.min(inFlight, flight.finished - finishedBefore),
      aborted: flight.count,
      connectionsClosed: peers.length - cutOff.length,
      connectionsAborted: cutOff.length,
      bytesDropped: cutOff.reduce((sum, peer) => sum + peer.queuedBytes, 0),
      bytesUnhandled: peers.reduce((sum, peer) => sum + peer.pendingBytes, 0),
      datagramsUnhandled: 0,
      tookMs: clock.monotonicMs() - startedMs,
    }
    await this.close()
    return report
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#dead = true
    this.#context.draining = true
    for (const listener of this.#inOrder) await listener.close({ kind: 'drain' })
    await this.#context.service.definition.stop?.(this.info)
  }

  async #open(target: ListenTarget): Promise<void> {
    const address = parseAddress(target.address)
    if (isDatagram(address)) {
      const listener = await openDatagramListener(this.#context, target, address)
      this.#datagrams.push(listener)
      this.#inOrder.push(listener)
    } else {
      const listener = await openStreamListener(this.#context, target, address)
      this.#streams.push(listener)
      this.#inOrder.push(listener)
    }
  }

  /** Resolves when no handler runs, no reply waits and the peers have left or had their time to, or at the deadline. */
  #settled(deadlineMs: number, lingerUntilMs: number): Promise<void> {
    const { clock } = this.#context
    return new Promise((resolve) => {
      // The clock's timers do not keep the process, nor do paused sockets; an unfinished drain must.
      const keepAlive = setInterval(() => {}, keepAliveMs)
      const finish = (): void => {
        clearInterval(keepAlive)
        deadline.cancel()
        check.cancel()
        resolve()
      }
      const isBusy = (): boolean =>
        this.#context.flight.count > 0 ||
        this.#streams.some((listener) => [...listener.peers].some((peer) => peer.isBusy)) ||
        (clock.monotonicMs() < lingerUntilMs && this.#streams.some((listener) => listener.peers.size > 0))
      const deadline = clock.after(deadlineMs, finish)
      const check = clock.every(5, () => {
        if (!isBusy()) finish()
      })
      if (!isBusy()) finish()
    })
  }
}
