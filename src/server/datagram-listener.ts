/**
 * Serves datagrams: the hot loop of UDP. One call a batch; per message one peer look-up (a field of the
 * endpoint), the handler, and the reply into the outgoing batch.
 */
import { fail } from '../core/index.ts'
import { formatAddress, type Address, type DatagramBatch, type DatagramSocket, type Endpoint } from '../io/index.ts'
import { formatterOf } from './answer.ts'
import { DatagramPeer, type DatagramPeerOwner } from './datagram-peer.ts'
import { guardHook, isThenable, type Formatter, type Handler, type LaneContext } from './lane.ts'
import { mustNotAnswer, registerListener, wellKnownPorts } from './loop-guard.ts'
import { count, measureAt, newMeasures, type Measures } from './measures.ts'
import { Sessions } from './sessions.ts'
import type { ListenerStatus, ListenTarget, PeerEnd } from './types.ts'

/** Asked for unless the target says otherwise: the system's default holds some 200 small datagrams, a short burst. */
const receiveBufferBytes = 1_048_576

export async function openDatagramListener(
  lane: LaneContext,
  target: ListenTarget,
  address: Address,
): Promise<DatagramListener> {
  const { definition } = lane.service
  if (definition.message === undefined) {
    throw fail('SERVICE_INVALID', {
      source: definition.name,
      reason: `connection() services are for streams and cannot listen on ${formatAddress(address)}`,
    })
  }
  const messageBytes = Math.min(65_536, lane.limits.frameBytes)
  const socket = await lane.network.bindDatagram(address, { messageBytes, receiveBufferBytes, ...target.datagram })
  return new DatagramListener(lane, socket, target)
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
  readonly #lane: LaneContext
  readonly #target: ListenTarget
  readonly #measures: Measures = newMeasures()
  readonly #cells: Float64Array = this.#measures.cells
  readonly #handler: Handler
  readonly #parse: ((frame: Buffer) => unknown) | undefined
  readonly #borrow: boolean
  readonly #silentPorts: readonly number[]
  readonly #sessions: Sessions | undefined
  readonly #unregister: () => void
  #lastKernelDrops: number | undefined

  constructor(lane: LaneContext, socket: DatagramSocket, target: ListenTarget) {
    const { definition } = lane.service
    this.#lane = lane
    this.#target = target
    this.socket = socket
    this.format = formatterOf(definition.name, lane.framing)
    this.#handler = (message, peer) => definition.message?.(message, peer)
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

  status(): ListenerStatus {
    return {
      address: formatAddress(this.address),
      spread: 'shared',
      connections: this.#sessions?.size ?? 0,
      counters: { ...this.#measures.snapshot(), ...prefixed(this.socket.counts) },
      kernelDrops: this.socket.kernelDrops() ?? this.#lastKernelDrops,
    }
  }

  async close(reason: PeerEnd): Promise<void> {
    this.#sessions?.close(reason)
    this.#unregister()
    this.#lastKernelDrops = this.socket.kernelDrops()
    await this.socket.close()
  }

  endSession(peer: DatagramPeer): void {
    this.#sessions?.end(peer, { kind: 'closed' })
  }

  #startSessions(): Sessions {
    const { definition } = this.#lane.service
    const { sessions } = definition
    return new Sessions(sessions as NonNullable<typeof sessions>, this.#lane.clock, {
      make: (endpoint) => this.#newPeer(endpoint),
      opened: (peer) => this.#guard(peer, () => definition.open?.(peer)),
      closed: (peer, reason) => this.#guard(peer, () => definition.close?.(peer, reason)),
    })
  }

  /** The hot loop: what is counted for every message is added up here and written once a batch. */
  #onBatch(batch: DatagramBatch): void {
    const sessions = this.#sessions
    const cells = this.#cells
    const { flight, draining } = this.#lane
    if (draining) {
      cells[measureAt.droppedDraining] = (cells[measureAt.droppedDraining] as number) + batch.count
      return
    }
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
        const message = this.#borrow ? batch.borrow(index) : batch.message(index)
        messages++
        bytes += message.length
        if (this.#handle(batch, index, message, peer)) replies++
      }
    }
    cells[measureAt.messages] = (cells[measureAt.messages] as number) + messages
    cells[measureAt.messageBytes] = (cells[measureAt.messageBytes] as number) + bytes
    cells[measureAt.replies] = (cells[measureAt.replies] as number) + replies
  }

  /** Handles one message; true when its reply is queued. */
  #handle(batch: DatagramBatch, index: number, bytes: Buffer, peer: DatagramPeer): boolean {
    const message = this.#parse === undefined ? bytes : this.#parsed(bytes, peer)
    if (message === undefined) return false
    try {
      const answer = this.#handler(message, peer)
      if (answer === undefined) return false
      if (isThenable(answer)) {
        this.#await(answer, peer)
        return false
      }
      batch.reply(index, this.format(answer))
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

  #await(answer: PromiseLike<unknown>, peer: DatagramPeer): void {
    const { flight } = this.#lane
    if (this.#borrow) {
      // Its view is gone by the time it resolves; the promise is left alone but for its error.
      answer.then(undefined, () => {})
      throw fail('BORROW_ASYNC', { service: this.#lane.service.name })
    }
    flight.begin()
    answer.then(
      (reply) => {
        this.#settle(reply, peer)
        flight.end()
      },
      (error: unknown) => {
        this.#handlerFailed(error, peer)
        flight.end()
      },
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

  #handlerFailed(error: unknown, peer: DatagramPeer): void {
    count(this.#cells, measureAt.handlerErrors)
    this.#lane.events.emit('handlerError', { error, peer: peer.address })
  }

  #remembered(endpoint: Endpoint): DatagramPeer {
    const known = endpoint.peer as DatagramPeer | undefined
    if (known !== undefined) return known
    const peer = this.#newPeer(endpoint)
    endpoint.peer = peer
    return peer
  }

  #newPeer(endpoint: Endpoint): DatagramPeer {
    return new DatagramPeer(this, endpoint, mustNotAnswer(endpoint.address, this.#silentPorts))
  }
}

/** The socket's own counts beside the listener's, as `socketSent` and so on. */
function prefixed(counts: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, value]) => [
      `socket${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      value as number,
    ]),
  )
}
