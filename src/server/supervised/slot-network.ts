/** The network of a lane: it binds nothing, but serves the sockets that its supervisor has bound, in their order. */
import { fail } from '../../core/index.ts'
import {
  formatAddress,
  serveBoundDatagram,
  serveBoundStream,
  systemNetwork,
  type Address,
  type BoundSocket,
  type ConnectOptions,
  type DatagramOptions,
  type DatagramSocket,
  type ListenerEvents,
  type ListenOptions,
  type Network,
  type StreamConnection,
  type StreamListener,
} from '../../io/index.ts'

export class SlotNetwork implements Network {
  readonly kind = 'native'
  readonly #sockets: BoundSocket[]

  constructor(sockets: readonly BoundSocket[]) {
    this.#sockets = [...sockets]
  }

  bindDatagram(address: Address, options: DatagramOptions = {}): Promise<DatagramSocket> {
    return serveBoundDatagram(this.#next(address), options)
  }

  listenStream(address: Address, events: ListenerEvents, options: ListenOptions = {}): Promise<StreamListener> {
    return serveBoundStream(this.#next(address), events, options)
  }

  connectStream(address: Address, options?: ConnectOptions): Promise<StreamConnection> {
    return systemNetwork().connectStream(address, options)
  }

  #next(address: Address): BoundSocket {
    const next = this.#sockets.shift()
    if (next === undefined)
      throw fail('ADDRESS_INVALID', { input: formatAddress(address), reason: 'no socket of it was handed over' })
    return next
  }
}
