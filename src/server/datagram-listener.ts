/**
 * Serves datagrams: the hot loop of UDP. One call a batch; per message one peer look-up (a field of the
 * endpoint), the handler, and the reply into the outgoing batch.
 */
import { fail } from '../core/index.ts'
import {
  formatAddress,
  isInternet,
  type Address,
  type DatagramBatch,
  type DatagramSocket,
  type Endpoint,
  type Moment,
} from '../io/index.ts'
import { formatterOf } from './answer.ts'
import { DatagramPeer, headerBytes, type DatagramPeerOwner } from './datagram-peer.ts'
import { HandlerTimes } from './handler-times.ts'
import { guardHook, isThenable, type Formatter, type Handler, type LaneContext } from './lane.ts'
import { mustNotAnswer, registerListener, wellKnownPorts } from './loop-guard.ts'
import { connectionsAt, count, measureAt } from './measures.ts'
import { limitedHost, SourceRates } from './rate/source-rates.ts'
import { Sessions } from './sessions.ts'
import type { MeasureWriter } from './shared/measure-block.ts'
import { SocketCounts } from './socket-counts.ts'
import type { ListenTarget, PeerEnd } from './types.ts'

/**
 * Asked for unless the target says otherwise: some ten thousand small datagrams, for bursts, for a lane that waits for a core,
 * and for the successor of one that died. The system's default holds some 200.
 */
export const receiveBufferBytes = 4_194_304

export async function openDatagramListener(
  lane: LaneContext,
  target: ListenTarget,
  address: Address,
  index: number,
): Promise<DatagramListener> {
  const { definition } = lane.service
  if (definition.message === undefined) {
    throw fail('SERVICE_INVALID', {
      source: definition.name,
      reason: `connection() services are for streams and cannot listen on ${formatAddress(address)}`,
    })
  }
  const messageBytes = Math.min(65_536, lane.limits.frameBytes)
  const { timestamps = false } = definition
  const options = { messageBytes, receiveBufferBytes, timestamps, ...target.datagram }
  const socket = await lane.network.bindDatagram(address, options)
  return new DatagramListener(lane, socket, target, index)
}

function reportClamp(lane: LaneContext, socket: DatagramSocket, target: ListenTarget): void {
  const wantedBytes = target.datagram?.receiveBufferBytes
  const grantedBytes = socket.buffers?.receiveBytes
  if (wantedBytes === undefined || grantedBytes === undefined || grantedBytes >= wantedBytes) return
  lane.events.emit('bufferClamped', { address: socket.address, wantedBytes, grantedBytes })
}

export class DatagramListener implements DatagramPeerOwner {
  readonly socket: DatagramSocket
  readonly format: Formatter
  readonly received: Moment | undefined
  readonly protocol: string | undefined
  readonly #lane: LaneContext
  readonly #target: ListenTarget
  readonly #cells: Float64Array
  readonly #socketCounts: SocketCounts
  readonly #times: HandlerTimes
  readonly #rates: SourceRates | undefined
  /** Bytes that a byte received allows to answer; 0 for any. */
  readonly #replyFactor: number
  readonly #handler: Handler
  readonly #limited: ((message: Buffer, peer: DatagramPeer) => unknown) | undefined
  readonly #sent: (() => void) | undefined
  readonly #parse: ((frame: Buffer) => unknown) | undefined
  readonly #borrow: boolean
  readonly #silentPorts: readonly number[]
  readonly #sessions: Sessions | undefined
  readonly #unregister: () => void
  #lastKernelDrops: number | undefined

  /** `index` is the listener's place in `listen`, and among the lane's measures. */
  constructor(lane: LaneContext, socket: DatagramSocket, target: ListenTarget, index: number) {
    const { definition } = lane.service
    const { measures } = lane.shared
    const own = measures.listeners[index] as MeasureWriter
    this.#cells = own.counters.cells
    this.#socketCounts = new SocketCounts(this.#cells, socket.counts)
    this.#times = new HandlerTimes(own.histogram('handlerUs'), lane.clock)
    this.#rates = SourceRates.of(lane.shared, lane.limits, lane.clock)
    // Addresses of Unix sockets cannot be forged. Sessions that begin with the first datagram trust them all.
    const cannotBeForged = (definition.sessions?.begin ?? 'asked') === 'first' || !isInternet(socket.address)
    this.#replyFactor = cannotBeForged ? 0 : lane.limits.replyFactor
    this.#lane = lane
    this.#target = target
    this.protocol = target.protocol
    this.socket = socket
    this.format = formatterOf(definition.name, lane.framing)
    this.#handler = (message, peer) => definition.message?.(message, peer)
    this.#limited = definition.limited?.bind(definition)
    this.#sent = definition.sent?.bind(definition)
    this.received = definition.timestamps === true ? { seconds: 0, nanoseconds: 0 } : undefined
    this.#parse = lane.framing.parse
    this.#borrow = definition.borrow === true
    this.#silentPorts = definition.silentPorts ?? wellKnownPorts
    this.#unregister = registerListener(socket.address)
    this.#sessions = definition.sessions === undefined ? undefined : this.#startSessions()
  }

  get address(): Address {
    return this.socket.address
  }

  start(): void {
    this.socket.receive((batch) => this.#onBatch(batch), { borrow: this.#borrow })
    // On a later turn, when the caller of serve has had the chance to listen to events.
    setImmediate(() => reportClamp(this.#lane, this.socket, this.#target))
  }

  /** Sessions. */
  get connections(): number {
    return this.#sessions?.size ?? 0
  }

  kernelDrops(): number | undefined {
    return this.socket.kernelDrops() ?? this.#lastKernelDrops
  }

  /** Brings what is counted elsewhere up to date: at each beat, and before somebody reads. */
  refresh(): void {
    this.#socketCounts.carry()
  }

  /** What arrives from now on waits in the kernel. */
  stopReading(): void {
    this.socket.pause()
  }

  async close(reason: PeerEnd): Promise<void> {
    this.#sessions?.close(reason)
    this.#unregister()
    this.#lastKernelDrops = this.socket.kernelDrops()
    await this.socket.close()
    this.refresh()
  }

  beginSession(peer: DatagramPeer): boolean {
    if (this.#sessions === undefined) return false
    const isBegun = this.#sessions.begin(peer)
    if (!isBegun && !peer.silenced) count(this.#cells, measureAt.droppedSessions)
    return isBegun
  }

  /** A session with a peer that has sent nothing here. */
  openPeer(address: Address): DatagramPeer | undefined {
    return this.#sessions?.open(address)
  }

  endSession(peer: DatagramPeer): void {
    this.#sessions?.end(peer, { kind: 'closed' })
  }

  amplified(): void {
    count(this.#cells, measureAt.droppedAmplified)
  }

  #startSessions(): Sessions {
    const { definition } = this.#lane.service
    const { sessions } = definition
    return new Sessions(sessions as NonNullable<typeof sessions>, this.#lane.clock, {
      make: (endpoint) => this.#newPeer(endpoint),
      opened: (peer) => {
        count(this.#cells, connectionsAt)
        this.#guard(peer, () => definition.open?.(peer))
      },
      closed: (peer, reason) => {
        this.#cells[connectionsAt] = (this.#cells[connectionsAt] as number) - 1
        this.#guard(peer, () => definition.close?.(peer, reason))
      },
    })
  }

  /** The hot loop: what is counted for every message is added up here and written once a batch. */
  #onBatch(batch: DatagramBatch): void {
    const sessions = this.#sessions
    const cells = this.#cells
    const { flight, draining, overloaded } = this.#lane
    this.#socketCounts.carry()
    if (draining || overloaded) {
      const cause = draining ? measureAt.droppedDraining : measureAt.droppedShed
      cells[cause] = (cells[cause] as number) + batch.count
      return
    }
    const rates = this.#rates
    const { received } = this
    const factor = this.#replyFactor
    let messages = 0
    let bytes = 0
    let replies = 0
    for (let index = 0; index < batch.count; index++) {
      const endpoint = batch.source(index)
      const peer = sessions === undefined ? this.#remembered(endpoint) : sessions.of(endpoint)
      if (peer === undefined) count(cells, measureAt.droppedSessions)
      else if (peer.silenced) count(cells, measureAt.droppedLoop)
      else if (batch.truncated(index)) count(cells, measureAt.droppedTruncated)
      else if (flight.isFull) count(cells, measureAt.droppedOverload)
      else {
        if (received !== undefined) batch.receivedAt(index, received)
        const isLimited = rates !== undefined && peer.host !== undefined && !rates.take(peer.host)
        if (isLimited && this.#limited === undefined) {
          count(cells, measureAt.droppedRate)
          continue
        }
        const message = this.#borrow ? batch.borrow(index) : batch.message(index)
        const credit = (message.length + headerBytes) * factor
        peer.replyBytes += credit
        const isAnswered = isLimited
          ? this.#answerLimited(batch, index, message, peer)
          : this.#handle(batch, index, message, peer)
        if (isAnswered) replies++
        else if (isLimited) {
          peer.replyBytes -= credit
          count(cells, measureAt.droppedRate)
          continue
        }
        messages++
        bytes += message.length
      }
    }
    if (this.#sent !== undefined && replies > 0) this.#answersSent(batch, this.#sent)
    cells[measureAt.messages] = (cells[measureAt.messages] as number) + messages
    cells[measureAt.messageBytes] = (cells[measureAt.messageBytes] as number) + bytes
    cells[measureAt.replies] = (cells[measureAt.replies] as number) + replies
  }

  #answersSent(batch: DatagramBatch, sent: () => void): void {
    batch.flush()
    try {
      sent()
    } catch (error) {
      this.#handlerFailed(error, undefined)
    }
  }

  /** What the service answers to a datagram beyond its source's rate; true when it is queued. */
  #answerLimited(batch: DatagramBatch, index: number, message: Buffer, peer: DatagramPeer): boolean {
    try {
      const answer = this.#limited?.(message, peer)
      if (answer === undefined) return false
      const reply = this.format(answer)
      if (!peer.mayGet(reply)) {
        this.amplified()
        return false
      }
      batch.reply(index, reply)
      return true
    } catch (error) {
      this.#handlerFailed(error, peer)
      return false
    }
  }

  /** Handles one message; true when its reply is queued. */
  #handle(batch: DatagramBatch, index: number, bytes: Buffer, peer: DatagramPeer): boolean {
    const message = this.#parse === undefined ? bytes : this.#parsed(bytes, peer)
    if (message === undefined) return false
    const times = this.#times
    const sinceMs = times.begin()
    try {
      const answer = this.#handler(message, peer)
      if (isThenable(answer)) {
        this.#await(answer, peer, sinceMs)
        return false
      }
      if (answer === undefined) {
        times.answered(sinceMs)
        return false
      }
      const reply = this.format(answer)
      times.answered(sinceMs)
      if (!peer.mayGet(reply)) {
        this.amplified()
        return false
      }
      batch.reply(index, reply)
      return true
    } catch (error) {
      this.#handlerFailed(error, peer)
      return false
    }
  }

  /** The message as the framing reads it; undefined, and counted, when it makes no sense. */
  #parsed(bytes: Buffer, peer: DatagramPeer): unknown {
    try {
      return this.#parse?.(bytes)
    } catch (error) {
      count(this.#cells, measureAt.badMessages)
      this.#lane.events.emit('badMessage', { error: error as Error, peer: peer.address })
      return undefined
    }
  }

  #await(answer: PromiseLike<unknown>, peer: DatagramPeer, sinceMs: number): void {
    const { flight } = this.#lane
    if (this.#borrow) {
      // Its view is gone by the time it resolves; the promise is left alone but for its error.
      answer.then(undefined, () => {})
      throw fail('BORROW_ASYNC', { service: this.#lane.service.name })
    }
    const begunMs = this.#times.promised(sinceMs)
    const settled = (settle: () => void): void => {
      settle()
      this.#times.settled(begunMs)
      flight.end()
    }
    flight.begin()
    answer.then(
      (reply) => settled(() => this.#settle(reply, peer)),
      (error: unknown) => settled(() => this.#handlerFailed(error, peer)),
    )
  }

  #settle(reply: unknown, peer: DatagramPeer): void {
    if (reply === undefined) return
    this.#guard(peer, () => {
      if (peer.send(reply)) count(this.#cells, measureAt.replies)
    })
  }

  #guard(peer: DatagramPeer, action: () => unknown): void {
    try {
      guardHook(action(), (error) => this.#handlerFailed(error, peer))
    } catch (error) {
      this.#handlerFailed(error, peer)
    }
  }

  #handlerFailed(error: unknown, peer: DatagramPeer | undefined): void {
    count(this.#cells, measureAt.handlerErrors)
    this.#lane.events.emit('handlerError', { error, peer: peer?.address ?? this.socket.address })
  }

  #remembered(endpoint: Endpoint): DatagramPeer {
    const known = endpoint.peer as DatagramPeer | undefined
    if (known !== undefined) return known
    const peer = this.#newPeer(endpoint)
    endpoint.peer = peer
    return peer
  }

  #newPeer(endpoint: Endpoint): DatagramPeer {
    const { address } = endpoint
    return new DatagramPeer(this, endpoint, {
      silenced: mustNotAnswer(address, this.#silentPorts),
      host: limitedHost(address),
      replyBytes: this.#replyFactor === 0 ? Infinity : 0,
    })
  }
}
