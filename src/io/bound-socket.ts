/**
 * One lane's share of a bound address: it travels to a process or thread, which serves it. What waits in the socket
 * waits in the kernel, so it outlives each lane as long as the supervisor keeps its own descriptor.
 *
 *   supervisor: bindSockets ─▶ BoundSocket ══ argument of a Process ══▶ lane: BoundSocket ─▶ serveBound...
 */
import { fail } from '../core/index.ts'
import { formatAddress, type Address } from './address.ts'
import { needNative } from './descriptors.ts'
import { bindNativeDatagram } from './native/datagram.ts'
import { LaneListener } from './native/lane-listener.ts'
import { listenNative } from './native/listener.ts'
import { checkDatagramOptions, checkListenOptions } from './options.ts'
import { checkStatus } from './system-error.ts'
import type { DatagramOptions, DatagramSocket, ListenerEvents, ListenOptions, StreamListener } from './types.ts'

/** datagram: a bound socket. stream: a listening one. handed: gives connections that the supervisor accepted. */
export type BoundKind = 'datagram' | 'stream' | 'handed'

/** What travels along with the descriptor. */
interface BoundForm {
  readonly address: Address
  readonly kind: BoundKind
  /** Several lanes have the same one. */
  readonly isShared: boolean
}

/**
 * A bound socket on its way to a lane. It may be an argument of a process or thread, or part of a message of a Pipe; the
 * receiver has a descriptor of its own, and closes it, or serves it and thereby uses it up.
 */
export class BoundSocket {
  readonly address: Address
  readonly kind: BoundKind
  readonly #isShared: boolean
  /** It belongs to a BoundListener, which closes it. */
  readonly #isListeners: boolean
  #descriptor: number

  /** @internal */
  constructor(form: BoundForm, descriptor: number, isListeners = false) {
    this.address = form.address
    this.kind = form.kind
    this.#isShared = form.isShared
    this.#isListeners = isListeners
    this.#descriptor = descriptor
  }

  /** @internal The receiver's; the descriptor belongs to it from now on. */
  static attach(form: unknown, descriptor: number): BoundSocket {
    if (descriptor < 0) throw fail('DESCRIPTOR_LIMIT', { what: 'a bound socket' })
    return new BoundSocket(form as BoundForm, descriptor)
  }

  /** -1 once it is closed or served. */
  get descriptor(): number {
    return this.#descriptor
  }

  /** What an argument of a process carries instead. Throws CLOSED. */
  toShared(): { kind: string; data: unknown; descriptors: number[] } {
    return { kind: 'bound-socket', data: this.#form(), descriptors: [this.#open()] }
  }

  /** Another one for the same socket, with a descriptor of its own. Throws CLOSED, DESCRIPTOR_LIMIT. */
  duplicate(): BoundSocket {
    return new BoundSocket(this.#form(), this.#duplicated())
  }

  /** @internal The descriptor, for whoever serves it; a listener keeps its own and gives a duplicate. */
  take(): number {
    if (this.#isListeners) return this.#duplicated()
    const descriptor = this.#open()
    this.#descriptor = -1
    return descriptor
  }

  /** @internal Several lanes wait for the same arrivals. */
  get isShared(): boolean {
    return this.#isShared
  }

  /** Closes this descriptor; the socket lives on with the others of it. That of a BoundListener is closed with that. */
  close(): void {
    if (this.#descriptor < 0) return
    needNative('bound sockets').close(this.#descriptor)
    this.#descriptor = -1
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #form(): BoundForm {
    return { address: this.address, kind: this.kind, isShared: this.#isShared }
  }

  #open(): number {
    if (this.#descriptor < 0) throw fail('CLOSED', { what: `bound socket ${formatAddress(this.address)}` })
    return this.#descriptor
  }

  #duplicated(): number {
    const native = needNative('bound sockets')
    return native.claim(checkStatus(native.duplicate(this.#open()), { syscall: 'dup', address: this.address }))
  }
}

/**
 * Serves a bound datagram socket; closing the result leaves the socket, and what waits in it, to its other owners.
 * `options` as for binding; those that concern binding have been applied. Throws OPTION_INVALID, CLOSED, UNSUPPORTED.
 */
export async function serveBoundDatagram(bound: BoundSocket, options: DatagramOptions = {}): Promise<DatagramSocket> {
  const native = needNative('bound sockets')
  checkDatagramOptions(options)
  checkKind(bound, bound.kind === 'datagram', 'a datagram socket')
  return bindNativeDatagram(native, bound.address, { ...options, descriptor: bound.take() })
}

/**
 * Serves a bound listener, or what `handOver` gives to this lane. The same backlog must be given as for binding. Throws
 * OPTION_INVALID, CLOSED, UNSUPPORTED.
 */
export async function serveBoundStream(
  bound: BoundSocket,
  events: ListenerEvents,
  options: ListenOptions = {},
): Promise<StreamListener> {
  const native = needNative('bound sockets')
  checkListenOptions(options)
  checkKind(bound, bound.kind !== 'datagram', 'a stream socket')
  const source = bound.kind === 'handed' ? bound.kind : bound.isShared ? 'shared' : undefined
  if (source !== undefined)
    return LaneListener.start(native, bound.take(), bound.address, events, { ...options, source })
  return listenNative(native, bound.address, events, { ...options, descriptor: bound.take() })
}

function checkKind(bound: BoundSocket, isRight: boolean, rule: string): void {
  if (!isRight) throw fail('OPTION_INVALID', { option: 'bound', rule, got: `${bound.kind} socket` })
}
