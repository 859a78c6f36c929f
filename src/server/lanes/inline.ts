/** The lane of the calling thread: binds its listeners here and drains them here. */
import { formatAddress, isDatagram, parseAddress, type Address } from '../../io/index.ts'
import { Beat } from '../beat.ts'
import { openDatagramListener, type DatagramListener } from '../datagram-listener.ts'
import type { Lane, LaneContext } from '../lane.ts'
import type { MeasuresReading } from '../shared/measure-table.ts'
import { listenerStatus } from '../status.ts'
import { openStreamListener, type ServedStreams } from '../stream-listener.ts'
import type { DrainReport, LaneInfo, LaneState, ListenerStatus, ListenTarget, Peer } from '../types.ts'

const keepAliveMs = 1_000_000

/** After our end peers have this long to leave; cut off at once, they could lose replies that are on their way. */
const lingerMs = 250

export class InlineLane implements Lane {
  readonly info: LaneInfo
  readonly #context: LaneContext
  readonly #datagrams: DatagramListener[] = []
  readonly #streams: ServedStreams[] = []
  readonly #inOrder: (DatagramListener | ServedStreams)[] = []
  #beat: Beat | undefined
  #dead = false
  #closing: Promise<void> | undefined

  constructor(context: LaneContext) {
    this.info = { ...context.info, openPeer: (address, listener) => this.#openPeer(address, listener) }
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
    this.#beat = new Beat(this.#context, this)
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

  get connections(): number {
    return this.#inOrder.reduce((sum, listener) => sum + listener.connections, 0)
  }

  listeners(reading: MeasuresReading): readonly ListenerStatus[] {
    return this.#inOrder.map((listener, index) => {
      const [address, kernelDrops] = [formatAddress(listener.address), listener.kernelDrops()]
      const { protocol } = listener
      return listenerStatus(reading, index, { address, protocol, spread: 'shared', kernelDrops })
    })
  }

  refresh(): void {
    for (const listener of this.#inOrder) listener.refresh()
  }

  /**
   * Takes no more work, and leaves what is queued in the sockets to others that serve them; then waits until the connections
   * have ended by themselves and nothing is in flight. What is left at the deadline is drained.
   */
  async retire(deadlineMs: number): Promise<DrainReport> {
    const { clock, flight } = this.#context
    const startedMs = clock.monotonicMs()
    const [before, connections] = [flight.finished, this.connections]
    await this.leaveSockets()
    await this.#retireService(deadlineMs)
    await this.#until(
      deadlineMs - (clock.monotonicMs() - startedMs),
      () => flight.count === 0 && this.#streams.every(({ peers }) => peers.size === 0),
    )
    const finished = flight.finished - before
    const ended = connections - this.connections
    const report = await this.drain(0)
    const tookMs = clock.monotonicMs() - startedMs
    return {
      ...report,
      finished: report.finished + finished,
      connectionsClosed: report.connectionsClosed + ended,
      tookMs,
    }
  }

  async #retireService(deadlineMs: number): Promise<void> {
    const { clock, service } = this.#context
    const retired = service.definition.retire?.(this.info)
    if (retired === undefined) return
    await new Promise<void>((resolve, reject) => {
      const timer = clock.after(deadlineMs, resolve)
      const settle = (then: () => void): void => {
        timer.cancel()
        then()
      }
      retired.then(
        () => settle(resolve),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  /** What arrives from now on waits in the sockets, for whoever else serves them. */
  async leaveSockets(): Promise<void> {
    for (const listener of this.#datagrams) listener.stopReading()
    await Promise.all(this.#streams.map((listener) => listener.stopAccepting()))
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
    this.#beat?.close()
    await this.#context.service.definition.stop?.(this.info)
  }

  async #open(target: ListenTarget): Promise<void> {
    const address = parseAddress(target.address)
    const index = this.#inOrder.length
    if (isDatagram(address)) {
      const listener = await openDatagramListener(this.#context, target, address, index)
      this.#datagrams.push(listener)
      this.#inOrder.push(listener)
    } else {
      const listener = await openStreamListener(this.#context, target, address, index)
      this.#streams.push(listener)
      this.#inOrder.push(listener)
    }
  }

  #openPeer(address: Address, listener: Address): Peer | undefined {
    const wanted = formatAddress(listener)
    return this.#datagrams.find((served) => formatAddress(served.address) === wanted)?.openPeer(address)
  }

  /** Resolves when no handler runs, no reply waits and the peers have left or had their time to, or at the deadline. */
  #settled(deadlineMs: number, lingerUntilMs: number): Promise<void> {
    const { clock, flight } = this.#context
    return this.#until(
      deadlineMs,
      () =>
        flight.count === 0 &&
        !this.#streams.some((listener) => [...listener.peers].some((peer) => peer.isBusy)) &&
        !(clock.monotonicMs() < lingerUntilMs && this.#streams.some((listener) => listener.peers.size > 0)),
    )
  }

  /** Resolves when it is done, or at the deadline. */
  #until(deadlineMs: number, isDone: () => boolean): Promise<void> {
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
      const deadline = clock.after(deadlineMs, finish)
      const check = clock.every(5, () => {
        if (isDone()) finish()
      })
      if (isDone()) finish()
    })
  }
}
