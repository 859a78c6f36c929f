/** The machine's sockets: the addon where it is, Node's own modules elsewhere. */
import { fail } from '../core/index.ts'
import { loadNative } from '../native/index.ts'
import { formatAddress, resolveAddress, type Address } from './address.ts'
import { connectNative } from './native/connect.ts'
import { bindNativeDatagram } from './native/datagram.ts'
import { listenNative, listenNativeNow } from './native/listener.ts'
import { checkDatagramOptions, checkListenOptions } from './options.ts'
import { bindNodeDatagram } from './node/datagram.ts'
import { connectNode, listenNode, listenNodeNow } from './node/stream.ts'
import type {
  ConnectOptions,
  DatagramOptions,
  DatagramSocket,
  ListenerEvents,
  ListenOptions,
  Network,
  StreamConnection,
  StreamListener,
} from './types.ts'

class SystemNetwork implements Network {
  readonly #native = loadNative()

  get kind(): 'native' | 'node' {
    return this.#native === undefined ? 'node' : 'native'
  }

  async bindDatagram(address: Address, options: DatagramOptions = {}): Promise<DatagramSocket> {
    checkDatagramOptions(options)
    const resolved = await resolveAddress(address)
    if (this.#native === undefined) return bindNodeDatagram(resolved, options)
    return bindNativeDatagram(this.#native, resolved, options)
  }

  async listenStream(address: Address, events: ListenerEvents, options: ListenOptions = {}): Promise<StreamListener> {
    checkListenOptions(options)
    mustCarryBytes(address)
    const resolved = await resolveAddress(address)
    if (this.#native === undefined) return listenNode(resolved, events, options)
    return listenNative(this.#native, resolved, events, options)
  }

  async connectStream(address: Address, options: ConnectOptions = {}): Promise<StreamConnection> {
    mustCarryBytes(address)
    const resolved = await resolveAddress(address)
    if (this.#native === undefined) return connectNode(resolved, options)
    return connectNative(this.#native, resolved, options)
  }
}

/**
 * A Unix socket, of its user alone, that listens when this returns: whoever is told of it right then may connect. At a path where no
 * file is. Throws SYSTEM_ERROR, ADDRESS_IN_USE.
 */
export function listenUnixNow(path: string, events: ListenerEvents): StreamListener {
  const native = loadNative()
  const address = { scheme: 'unix', path } as const
  return native === undefined ? listenNodeNow(address, events) : listenNativeNow(native, address, events)
}

/** Throws ADDRESS_INVALID for an address whose connections carry messages. */
function mustCarryBytes(address: Address): void {
  if (address.scheme !== 'ws') return
  const reason = 'a WebSocket carries messages, not bytes; use serve() or connectWebSocket()'
  throw fail('ADDRESS_INVALID', { input: formatAddress(address), reason })
}

let system: Network | undefined

/** The network of this machine; native when the addon is loaded. */
export function systemNetwork(): Network {
  system ??= new SystemNetwork()
  return system
}
