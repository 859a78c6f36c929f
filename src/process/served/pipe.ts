/** An end of a pipe that some thread serves. */
import { fail } from '../../core/index.ts'
import { Decoder, Encoder, type Luggage, type SharedForm } from '../codec/index.ts'
import { windowBytes, type PipeEnd, type PipeEvents, type PipeLine } from '../pipe-end.ts'
import { ServedHandle, type ServedForm } from './handle.ts'
import { host } from './host.ts'
import { beginWaiting, endWaiting } from './keep-alive.ts'
import { PipeObject } from './pipe-object.ts'

const sent = Promise.resolve()

export class ServedEnd implements PipeEnd {
  readonly #handle: ServedHandle
  readonly #number: 0 | 1

  private constructor(handle: ServedHandle, number: 0 | 1) {
    this.#handle = handle
    this.#number = number
  }

  /** The two ends of a new pipe. */
  static pair(): readonly [ServedEnd, ServedEnd] {
    const handle = ServedHandle.serve(new PipeObject(host().local), 'pipe')
    return [new ServedEnd(handle, 0), new ServedEnd(handle.another(), 1)]
  }

  static attach(form: ServedForm, number: 0 | 1): ServedEnd {
    const handle = ServedHandle.attach(form, 'pipe')
    handle.tell('claim', number)
    return new ServedEnd(handle, number)
  }

  open(events: PipeEvents): PipeLine {
    return new ServedLine(this.#handle, this.#number, events)
  }

  discard(): void {
    this.#handle.tell('close', this.#number)
    this.#handle.close()
  }

  leave(): void {
    this.#handle.tell('leave', this.#number)
    this.#handle.close()
  }

  form(kind: string, direction: string): SharedForm {
    return this.#handle.form(kind, { number: this.#number, direction })
  }
}

class ServedLine implements PipeLine {
  readonly #handle: ServedHandle
  readonly #number: 0 | 1
  readonly #events: PipeEvents
  #sentBytes = 0
  #paused = false
  #receiving = false
  #keeps = false
  #ended = false

  constructor(handle: ServedHandle, number: 0 | 1, events: PipeEvents) {
    this.#handle = handle
    this.#number = number
    this.#events = events
    if (events.reads) this.#receive()
  }

  send(value: unknown): Promise<void> {
    const bytes = encode(value)
    this.#sentBytes += bytes.length
    const taken = this.#handle
      .call('send', [this.#number, bytes], { what: 'Sending through the pipe' })
      .finally(() => (this.#sentBytes -= bytes.length))
      .then(() => {})
    taken.catch((error: Error) => this.#end(error))
    return this.#sentBytes > windowBytes ? taken : sent
  }

  runNow(): boolean {
    throw fail('UNSUPPORTED', { feature: 'blocking in a pipe', reason: 'without the addon the event loop serves it' })
  }

  get waitingBytes(): number {
    return this.#sentBytes
  }

  pause(yes: boolean): void {
    this.#paused = yes
    if (!yes) this.#receive()
  }

  ref(yes: boolean): void {
    if (yes === this.#keeps) return
    this.#keeps = yes
    if (yes) beginWaiting()
    else endWaiting()
  }

  close(): void {
    this.ref(false)
    this.#ended = true
    this.#handle.tell('close', this.#number)
    this.#handle.close()
  }

  #receive(): void {
    if (this.#receiving || this.#paused || this.#ended) return
    this.#receiving = true
    this.#handle.call('receive', [this.#number], { what: 'Receiving from the pipe', isIdle: true }).then(
      (pack) => {
        this.#receiving = false
        this.#deliver(pack as [Uint8Array, number[]])
        this.#receive()
      },
      (error: Error) => this.#end(error),
    )
  }

  #deliver([bytes, ends]: [Uint8Array, number[]]): void {
    let start = 0
    for (const end of ends) {
      const decoder = new Decoder(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start))
      this.#events.value(decoder.value(), end - start)
      start = end
    }
  }

  #end(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#events.ended(error)
  }
}

/** Handles may be inside, if they need no descriptors. */
function encode(value: unknown): Uint8Array {
  const luggage: Luggage = { descriptors: [], takesDescriptors: false, parting: [], locals: undefined }
  const encoder = new Encoder(luggage)
  encoder.value(value)
  for (const { sent: tell } of luggage.parting) tell()
  return encoder.bytes.subarray(0, encoder.length)
}
