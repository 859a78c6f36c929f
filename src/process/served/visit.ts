/** The server's side of one connected thread: its calls, and the objects that it uses. */
import { errorToWire, isLaneworkError } from '../../core/index.ts'
import type { StreamConnection } from '../../io/index.ts'
import { Channel } from '../channel/index.ts'
import type { Decoder } from '../codec/index.ts'
import type { Answer, ServedObject, Visitor } from './object.ts'
import { SocketTransport } from './socket-transport.ts'
import { invalidMessage, readCall, wire, wireVersion, type WireCall } from './wire.ts'

/** What a visit asks of the host. */
export interface Hall {
  attach(visitor: Visitor, object: number): void
  detach(visitor: Visitor, object: number): void
  watch(visitor: Visitor, object: number): void
  share(object: number): void
  call(call: WireCall, answer: Answer): void
  gone(visitor: Visit): void
}

/** Answers that wait to be read; beyond, nothing more is read from who does not take them. */
const unreadBytes = 1_048_576

export class Visit implements Visitor {
  readonly #hall: Hall
  readonly #channel: Channel
  readonly #open = new Map<number, Answer>()
  readonly #stale = new Map<number, ServedObject>()
  #telling: NodeJS.Immediate | undefined
  #greeted = false
  #isGone = false

  constructor(connection: StreamConnection, hall: Hall) {
    this.#hall = hall
    this.#channel = new Channel(new SocketTransport(connection), {
      message: (kind, values) => this.#hear(kind, values),
      ended: () => this.close(),
    })
  }

  /** Told once for all changes of a turn, but before it learns anything else that may follow from them. */
  stale(number: number, object: ServedObject): void {
    if (this.#isGone) return
    this.#stale.set(number, object)
    this.#telling ??= setImmediate(() => this.#tellViews())
  }

  flush(): void {
    this.#channel.flush()
  }

  /** It ends, or did: what it waits for is withdrawn, then what it held is given back. */
  close(): void {
    if (this.#isGone) return
    this.#isGone = true
    for (const answer of Array.from(this.#open.values())) answer.onCancel?.()
    this.#open.clear()
    this.#hall.gone(this)
    this.#channel.close()
  }

  #hear(kind: number, values: Decoder): void {
    if (this.#isGone) return
    try {
      if (!this.#greeted) this.#greet(kind, values)
      else if (kind === wire.call) this.#call(readCall(values))
      else if (kind === wire.cancel) this.#open.get(values.uint32())?.onCancel?.()
      else if (kind === wire.attach) this.#hall.attach(this, values.uint32())
      else if (kind === wire.detach) this.#hall.detach(this, values.uint32())
      else if (kind === wire.watch) this.#hall.watch(this, values.uint32())
      else if (kind === wire.share) this.#hall.share(values.uint32())
      else throw invalidMessage(`the message ${kind}`)
    } catch (error) {
      // Bytes that the codec stumbles over are garbage, whatever it says.
      throw isLaneworkError(error, 'FRAME_INVALID') ? error : invalidMessage('a message that is none', error)
    }
  }

  #greet(kind: number, values: Decoder): void {
    if (kind !== wire.hello || values.uint32() !== wireVersion) throw invalidMessage('no greeting of this version')
    this.#greeted = true
  }

  #call(call: WireCall): void {
    if (this.#open.has(call.id)) throw invalidMessage(`call ${call.id} runs already`)
    const answer: Answer = {
      visitor: this,
      onCancel: undefined,
      resolve: (value) => this.#answer(call, answer, wire.result, value),
      reject: (error) => this.#answer(call, answer, wire.failure, errorToWire(error)),
    }
    this.#open.set(call.id, answer)
    this.#hall.call(call, answer)
  }

  #answer(call: WireCall, answer: Answer, kind: number, value: unknown): void {
    const { id } = call
    if (this.#open.get(id) !== answer || this.#isGone) return
    if (this.#stale.size > 0) this.#tellViews(call.object)
    const channel = this.#channel
    const encoder = channel.begin(kind)
    try {
      encoder.uint32(id)
      encoder.value(value)
      channel.commit()
    } catch (error) {
      channel.cancel()
      return this.#answer(call, answer, wire.failure, errorToWire(error))
    }
    this.#open.delete(id)
    if (channel.waitingBytes > unreadBytes) this.#holdBack()
  }

  /** Of all that changed, except for an object that has more to say in this turn. */
  #tellViews(except?: number): void {
    if (except === undefined) this.#telling = undefined
    for (const [number, object] of this.#stale) {
      if (number === except || this.#isGone) continue
      this.#stale.delete(number)
      const encoder = this.#channel.begin(wire.view)
      encoder.uint32(number)
      encoder.value(object.view())
      this.#channel.commit()
    }
  }

  /** A client that does not read its answers is not read from either, so it cannot fill our memory. */
  #holdBack(): void {
    this.#channel.pause(true)
    void this.#channel.drained(unreadBytes / 2).then(() => this.#channel.pause(false))
  }
}
