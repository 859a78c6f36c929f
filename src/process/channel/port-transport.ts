/**
 * A transport between threads of one process, over a MessagePort. Descriptors are numbers both threads know; while they
 * are on their way they belong to a transit (native/owner.c), so that none stays open when a thread ends before it has
 * taken them.
 */
import { MessagePort } from 'node:worker_threads'

import { loadNative } from '../../native/index.ts'
import type { Sink, Transport } from './transport.ts'

interface Parcel {
  readonly bytes: Uint8Array
  readonly descriptors: readonly number[]
  readonly locals: readonly unknown[]
}

export interface PortOptions {
  /** Both ends name it so; whoever opened it closes it once neither end takes from it. @default belongs to nobody */
  readonly transit?: number
  readonly onClose?: () => void
}

export class PortTransport implements Transport {
  readonly passesDescriptors: boolean = loadNative() !== undefined
  readonly passesLocals = true
  readonly #port: MessagePort
  readonly #transit: number
  readonly #onClose: () => void
  #sink: Sink | undefined
  #held: Parcel[] = []
  #paused = false
  #ended = false
  #closed = false

  /** The port belongs to the transport from now on. */
  constructor(port: MessagePort, { transit = 0, onClose = () => {} }: PortOptions = {}) {
    this.#port = port
    this.#transit = transit
    this.#onClose = onClose
  }

  start(sink: Sink): void {
    this.#sink = sink
    this.#port.on('message', (parcel: Parcel | null) => this.#arrive(parcel))
    this.#port.on('close', () => this.#end())
  }

  write(bytes: Buffer, start: number, end: number, descriptors: readonly number[], locals: readonly unknown[]): number {
    const copy = new Uint8Array(bytes.subarray(start, end))
    const native = loadNative()
    const own = descriptors.map((descriptor) => native?.give(native.duplicate(descriptor), this.#transit) ?? descriptor)
    const ports = locals.filter((local) => local instanceof MessagePort)
    this.#port.postMessage({ bytes: copy, descriptors: own, locals } satisfies Parcel, [copy.buffer, ...ports])
    return end - start
  }

  /** A port cannot be paused; what arrives meanwhile is kept. */
  pause(yes: boolean): void {
    this.#paused = yes
    if (yes || this.#held.length === 0) return
    setImmediate(() => {
      while (!this.#paused && this.#held.length > 0) this.#give(this.#held.shift() as Parcel)
      if (this.#ended && this.#held.length === 0 && !this.#paused) this.#sink?.ended()
    })
  }

  ref(yes: boolean): void {
    if (yes) this.#port.ref()
    else this.#port.unref()
  }

  /** The other end learns of it after all that was written before. */
  close(): void {
    this.#closed = true
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    if (!this.#ended) this.#port.postMessage(null)
    this.#port.close()
    for (const { descriptors } of this.#held.splice(0)) closeAll(descriptors)
    this.#onClose()
  }

  #arrive(parcel: Parcel | null): void {
    if (parcel === null) return this.#end()
    const descriptors = parcel.descriptors.map((descriptor) => this.#take(descriptor))
    if (this.#closed) return closeAll(descriptors)
    const taken = { ...parcel, descriptors }
    if (this.#paused || this.#held.length > 0) this.#held.push(taken)
    else this.#give(taken)
  }

  #take(descriptor: number): number {
    return loadNative()?.take(descriptor, this.#transit) ?? descriptor
  }

  #give({ bytes, descriptors, locals }: Parcel): void {
    let given = 0
    while (given < bytes.length) {
      const room = this.#sink?.room() as Buffer
      const part = bytes.subarray(given, given + room.length)
      room.set(part)
      this.#sink?.filled(part.length, given === 0 ? descriptors : [], given === 0 ? locals : [])
      given += part.length
    }
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#held.length === 0) this.#sink?.ended()
  }
}

function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) if (descriptor >= 0) loadNative()?.close(descriptor)
}
