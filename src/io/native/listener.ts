/** A native stream listener: accepts in batches, pauses itself when descriptors run out. */
import { chmodSync } from 'node:fs'

import { errnoName, type Native } from '../../native/index.ts'
import { isInternet, type Address, type UnixAddress } from '../address.ts'
import { checkStatus, systemError } from '../system-error.ts'
import { fileIdentity, unlinkOwn } from '../unix-path.ts'
import type { ListenerEvents, ListenOptions, StreamListener } from '../types.ts'
import { NativeConnection } from './connection.ts'
import { familyOf, toRecord } from './record.ts'
import { applySocketOptions, bindSocket, boundAddress, openSocket, setOption } from './socket.ts'
import { streamEngine, wantRead, type StreamEngine } from './stream-engine.ts'

/** The kernel clamps it to net.core.somaxconn. */
export const backlogDefault = 4096
/** How long accepting stops when no descriptor is left. */
export const acceptRetryMs = 100

export async function listenNative(
  native: Native,
  address: Address,
  events: ListenerEvents,
  options: ListenOptions,
): Promise<StreamListener> {
  const given = options.descriptor
  const fd = given ?? (await openSocket(native, address, (opened) => bindStream(native, opened, address, options)))
  try {
    return beginListening(native, fd, address, events, options)
  } catch (error) {
    native.close(fd)
    throw error
  }
}

/** At a path where no file is; it listens when this returns. */
export function listenNativeNow(native: Native, address: UnixAddress, events: ListenerEvents): StreamListener {
  const fd = checkStatus(native.socket(familyOf(address), 1), { syscall: 'socket', address })
  try {
    checkStatus(native.bind(fd, toRecord(native, address)), { syscall: 'bind', address })
    chmodSync(address.path, 0o600)
    return beginListening(native, fd, address, events, {})
  } catch (error) {
    native.close(fd)
    throw error
  }
}

function beginListening(
  native: Native,
  fd: number,
  address: Address,
  events: ListenerEvents,
  options: ListenOptions,
): StreamListener {
  const call = { syscall: 'listen', address }
  checkStatus(native.listen(fd, options.backlog ?? backlogDefault), call)
  const listener = new NativeListener(streamEngine(native), fd, boundAddress(native, fd, address), events, options)
  checkStatus(listener.watch(), call)
  return listener
}

/** Options and bind, not yet `listen`. */
export async function bindStream(native: Native, fd: number, address: Address, options: ListenOptions): Promise<void> {
  applySocketOptions(native, fd, address, options)
  // Connections of a stopped server linger in TIME_WAIT; its successor may bind all the same.
  if (isInternet(address) && options.reuseAddress !== false)
    setOption(native, fd, native.SOL_SOCKET, native.SO_REUSEADDR, 1, address)
  if (familyOf(address) === 6) setOption(native, fd, native.IPPROTO_IPV6, native.IPV6_V6ONLY, 0, address)
  await bindSocket(native, fd, address, options.mode ?? 0o600)
}

export class NativeListener implements StreamListener {
  readonly address: Address
  readonly #engine: StreamEngine
  readonly #events: ListenerEvents
  readonly #options: ListenOptions
  #fd: number
  /** The Unix socket's file, when we made it. */
  readonly #file: string | undefined
  #paused = false
  #retry: NodeJS.Timeout | undefined
  #referenced = false

  constructor(engine: StreamEngine, fd: number, address: Address, events: ListenerEvents, options: ListenOptions) {
    this.#engine = engine
    this.#fd = fd
    this.address = address
    this.#events = events
    this.#options = options
    if (!isInternet(address) && options.descriptor === undefined) this.#file = fileIdentity(address.path)
  }

  get descriptor(): number {
    return this.#fd
  }

  watch(): number {
    this.#engine.listeners[this.#fd] = this
    this.ref(true)
    return this.#engine.watch(this.#fd, this.#options.acceptBatch ?? 64, wantRead)
  }

  pause(): void {
    this.#paused = true
    this.#apply()
  }

  resume(): void {
    this.#paused = false
    this.#apply()
  }

  ref(yes: boolean): void {
    if (yes === this.#referenced) return
    this.#referenced = yes
    this.#engine.reference(yes ? 1 : -1)
  }

  async close(): Promise<void> {
    if (this.#fd < 0) return
    clearTimeout(this.#retry)
    this.ref(false)
    this.#engine.forget(this.#fd)
    this.#engine.native.close(this.#fd)
    this.#fd = -1
    if (!isInternet(this.address)) unlinkOwn(this.address.path, this.#file)
  }

  // Called by the engine

  onAccept(fd: number, remoteRecord: Buffer): void {
    const scheme = this.address.scheme === 'unix' ? 'unix' : 'tcp'
    const connection = new NativeConnection(this.#engine, fd, remoteRecord, scheme, this.address)
    if (this.#options.noDelay !== false) connection.setNoDelay(true)
    this.#events.onConnection(connection)
  }

  onAcceptError(status: number): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#apply()
    }, acceptRetryMs)
    this.#apply()
    this.#events.onAcceptError(
      systemError(errnoName(status), { syscall: 'accept', address: this.address }),
      acceptRetryMs,
    )
  }

  #apply(): void {
    if (this.#fd >= 0) this.#engine.want(this.#fd, this.#paused || this.#retry !== undefined ? 0 : wantRead)
  }
}
