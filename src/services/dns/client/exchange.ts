/**
 * One query and what comes back. Over UDP each has a socket of its own, connected to the server: the system draws its port at random
 * (RFC 5452 9.2) and passes on only what comes from that server. What comes too late finds the socket closed.
 */
import { setMaxListeners } from 'node:events'

import { fail, type Clock, type Timer } from '../../../core/index.ts'
import { lengthPrefix } from '../../../framing/index.ts'
import { formatAddress, isLoopback, type InternetAddress, type Network } from '../../../io/index.ts'

export interface ExchangeOptions {
  /** Resolved. */
  readonly address: InternetAddress
  readonly timeoutMs: number
  readonly network: Network
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

/** What is made of the messages that come: the first result that is not undefined counts. */
export type Judge<Result> = (bytes: Uint8Array) => Result | undefined

/** One datagram goes, by sendNow; thousands of these sockets may wait at once. */
const batchBytes = 512
const tcpFraming = lengthPrefix({ bytes: 2 })

/** Ends as soon as one of its three ways out is taken. */
class Ending<Result> {
  readonly settled: Promise<Result>
  #resolve: (result: Result) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  readonly #timer: Timer
  readonly #signal: AbortSignal | undefined
  readonly #onAbort: () => void

  constructor({ address, timeoutMs, clock, signal }: ExchangeOptions) {
    const text = formatAddress(address)
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever opens the socket may fail first, and then nobody looks at this one.
    this.settled.catch(() => {})
    this.#timer = clock.after(timeoutMs, () => this.fail(fail('NO_ANSWER', { address: text, timeoutMs })))
    this.#onAbort = () => this.fail(fail('ABORTED', { what: `Asking ${text}` }))
    this.#signal = signal
    // One signal may end any number of questions.
    if (signal !== undefined) setMaxListeners(0, signal)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted === true) this.#onAbort()
  }

  done(result: Result): void {
    this.#resolve(result)
  }

  fail(error: unknown): void {
    this.#reject(error)
  }

  clear(): void {
    this.#timer.cancel()
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}

/** Waits for something else within the same limits. Throws NO_ANSWER, ABORTED, and what it throws. */
export async function bounded<Result>(waiting: Promise<Result>, options: ExchangeOptions): Promise<Result> {
  const ending = new Ending<Result>(options)
  try {
    return await Promise.race([waiting, ending.settled])
  } finally {
    ending.clear()
  }
}

/** Asks over UDP. Throws NO_ANSWER, CONNECTION_REFUSED, ABORTED, and what the system throws. */
export async function exchangeUdp<Result>(
  query: Uint8Array,
  options: ExchangeOptions,
  judge: Judge<Result>,
): Promise<Result> {
  const { address, network } = options
  const ending = new Ending<Result>(options)
  const socket = await network
    .bindDatagram(anyPortFor(address), { messageBytes: 0xffff, batchBytes })
    .catch((error: unknown) => {
      ending.clear()
      throw error
    })
  try {
    await socket.connect(address)
    socket.receive(
      (batch) => {
        for (let index = 0; index < batch.count; index++) {
          const result = judge(batch.message(index))
          if (result !== undefined) return ending.done(result)
        }
      },
      // One message comes as a rule: no memory is held ready for copies.
      { onError: (error) => ending.fail(error), borrow: true },
    )
    socket.sendNow(query, undefined).catch((error: unknown) => ending.fail(error))
    return await ending.settled
  } finally {
    ending.clear()
    await socket.close()
  }
}

/** Asks over a connection of its own. Throws NO_ANSWER, CLOSED_WITHOUT_ANSWER, CONNECTION_REFUSED, ABORTED, and what the system throws. */
export async function exchangeTcp<Result>(
  query: Uint8Array,
  options: ExchangeOptions,
  judge: Judge<Result>,
): Promise<Result> {
  const { address, network, signal, timeoutMs } = options
  const ending = new Ending<Result>(options)
  const asking = { timeoutMs, ...(signal === undefined ? {} : { signal }) }
  try {
    const opening = network.connectStream({ ...address, scheme: 'tcp' }, asking)
    // Nothing but an error can come before the connection is open.
    const stream = await Promise.race([opening, ending.settled as Promise<never>]).catch((error: unknown) => {
      void opening.then(
        (late) => late.destroy(),
        () => {},
      )
      throw error
    })
    const decoder = tcpFraming.decoder(0xffff)
    stream.start({
      onData: (chunk) => {
        decoder.push(chunk)
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          const result = judge(frame)
          if (result !== undefined) return ending.done(result)
        }
      },
      onEnd: () => stream.destroy(),
      onDrain: () => {},
      onClose: ({ error }) => {
        ending.fail(fail('CLOSED_WITHOUT_ANSWER', { address: formatAddress(address) }, { cause: error }))
      },
    })
    stream.write(framed(query))
    try {
      return await ending.settled
    } finally {
      stream.destroy()
    }
  } finally {
    ending.clear()
  }
}

function framed(query: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + query.length)
  bytes[0] = query.length >>> 8
  bytes[1] = query.length
  bytes.set(query, 2)
  return bytes
}

function anyPortFor(address: InternetAddress): InternetAddress {
  const isIpv6 = address.host.includes(':')
  if (isLoopback(address)) return { scheme: 'udp', host: isIpv6 ? '::1' : '127.0.0.1', port: 0 }
  return { scheme: 'udp', host: isIpv6 ? '::' : '0.0.0.0', port: 0 }
}
