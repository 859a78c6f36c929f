/** Connections that no socket stands behind: from any address, in any order, in one turn. */
import {
  systemNetwork,
  type Address,
  type ListenerEvents,
  type Network,
  type StreamConnection,
  type StreamEvents,
} from '#lanework/io/index.js'

/** A connection that only remembers what was done to it. */
export class Pretended implements StreamConnection {
  readonly remote: Address
  readonly local: Address = { scheme: 'tcp', host: '192.0.2.1', port: 1 }
  queuedBytes = 0
  wasReset = false
  #events: StreamEvents | undefined

  constructor(host: string) {
    this.remote = { scheme: 'tcp', host, port: 1_234 }
  }
  start(events: StreamEvents): void {
    this.#events = events
  }
  write(): boolean {
    return true
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(reset = false): void {
    this.wasReset = reset
    this.leave()
  }
  ref(): void {}
  setNoDelay(): void {}
  /** Bytes arrive; nobody gets them unless reading has been started. */
  bring(text: string): void {
    this.#events?.onData(Buffer.from(text))
  }
  /** The peer finishes its side. */
  finish(): void {
    this.#events?.onEnd()
  }
  leave(): void {
    this.#events?.onClose({ kind: 'end' })
  }
}

/** A network of one listener, at which connections arrive when the test says so. */
export function pretendedNetwork(): { network: Network; arrive(host: string): Pretended } {
  let accept: ListenerEvents['onConnection'] = () => {}
  const network: Network = {
    ...systemNetwork(),
    kind: 'memory',
    bindDatagram: () => Promise.reject(new Error('not here')),
    connectStream: () => Promise.reject(new Error('not here')),
    async listenStream(address, events) {
      accept = events.onConnection
      return { address, descriptor: undefined, pause() {}, resume() {}, ref() {}, close: async () => {} }
    },
  }
  return {
    network,
    arrive(host) {
      const connection = new Pretended(host)
      accept(connection)
      return connection
    },
  }
}
