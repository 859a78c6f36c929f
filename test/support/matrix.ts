/**
 * One scenario list over all transports and kinds of lanes. A stream carries its messages with a length prefix, so that a client
 * sends and receives whole messages whatever stands between.
 */
import { lengthPrefix, type Framing } from '#lanework/framing/index.js'
import { connect, connectWebSocket, parseAddress, isDatagram, udp, type Address } from '#lanework/io/index.js'
import {
  serve,
  service,
  type LaneKind,
  type ListenerStatus,
  type Server,
  type ServeOptions,
  type ServiceDefinition,
} from '#lanework/server/index.js'
import type * as services from '../fixtures/matrix-services.ts'
import { unless, unlessIpv6 } from './capability.ts'
import { freshPath } from './folder.ts'

export interface Transport {
  readonly name: string
  readonly datagram: boolean
  /** Why it cannot run here. */
  readonly skip: string | false
  /** An address to listen on that nobody uses. */
  listen(): string
}

export const transports: readonly Transport[] = [
  { name: 'udp4', datagram: true, skip: false, listen: () => 'udp://127.0.0.1:0' },
  { name: 'udp6', datagram: true, skip: unlessIpv6, listen: () => 'udp://[::1]:0' },
  { name: 'unix-dgram', datagram: true, skip: unless('unix-datagram'), listen: () => `unix-dgram:${freshPath()}` },
  { name: 'tcp4', datagram: false, skip: false, listen: () => 'tcp://127.0.0.1:0' },
  { name: 'tcp6', datagram: false, skip: unlessIpv6, listen: () => 'tcp://[::1]:0' },
  { name: 'ws', datagram: false, skip: false, listen: () => 'ws://127.0.0.1:0/matrix' },
  { name: 'unix', datagram: false, skip: false, listen: () => `unix:${freshPath()}` },
]

export const framed: Framing = lengthPrefix({ bytes: 4 })
const largestFrameBytes = 64 * 1024 * 1024

/** Where handlers run, with as many lanes as tell something. */
export interface Place {
  readonly kind: LaneKind
  readonly lanes: number
  /** Why it cannot be had here. */
  readonly skip: string | false
}

export const places: Readonly<Record<LaneKind, Place>> = {
  inline: { kind: 'inline', lanes: 1, skip: false },
  thread: { kind: 'thread', lanes: 2, skip: unless('lanes') },
  process: { kind: 'process', lanes: 2, skip: unless('lanes') },
}

/** One cell of the matrix. */
export interface Site extends Transport, Place {
  /** Serves one of test/fixtures/matrix-services.ts, on an address of its own unless one is given. */
  serve(name: keyof typeof services, options?: Partial<ServeOptions>): Promise<Server>
}

export function siteOf(transport: Transport, place: Place): Site {
  const { kind, lanes } = place
  return {
    ...transport,
    ...place,
    skip: transport.skip || place.skip,
    serve: (name, options) =>
      serve(matrixService(name), {
        listen: transport.listen(),
        laneKind: kind,
        lanes,
        // Nobody is to die: a lane less to start, and one that starts late on a busy machine is waited for.
        ...(kind === 'inline' ? {} : { supervision: { standby: 0, readyMs: 60_000 } }),
        ...options,
      }),
  }
}

export function matrixService(name: keyof typeof services): URL {
  return new URL(`../fixtures/matrix-services.js#${name}`, import.meta.url)
}

/** Serves a definition on one address; streams use the length prefix unless it says otherwise. */
export async function serveOn(
  address: string,
  definition: Partial<ServiceDefinition>,
  options: Partial<ServeOptions> = {},
): Promise<Server> {
  const made = service({ name: 'tested', framing: framed, ...definition } as ServiceDefinition)
  return serve(made, { listen: address, ...options })
}

/** The first (mostly the only) address of a server. */
export function addressOf(server: Server): string {
  return server.addresses[0] as string
}

/** The counters of its first listener. */
export function countersOf(server: Server): Record<string, number> {
  return (server.status().listeners[0] as ListenerStatus).counters
}

export interface Client {
  readonly address: Address
  send(message: Uint8Array | string): Promise<void>
  /** The next message; throws when none comes within 15 seconds, or the connection ended. */
  receive(): Promise<Buffer>
  close(): Promise<void>
}

export async function clientOf(address: string): Promise<Client> {
  const target = parseAddress(address)
  if (target.scheme === 'ws') return webSocketClient(address)
  return isDatagram(target) ? datagramClient(address) : streamClient(address)
}

async function datagramClient(address: string): Promise<Client> {
  const socket = udp({ receiveBufferBytes: 1_048_576 })
  const target = parseAddress(address)
  if (target.scheme === 'unix-dgram') await socket.bind(`unix-dgram:${freshPath()}`)
  else await socket.bind({ ...target, port: 0 } as Address)
  return {
    address: socket.address,
    send: async (message) => void (await socket.sendTo(message, target)),
    receive: () => socket.recv(65_536, { timeoutMs: 60_000 }),
    close: () => socket.close(),
  }
}

async function streamClient(address: string): Promise<Client> {
  const stream = await connect(address)
  const decoder = framed.decoder(largestFrameBytes)
  return {
    address: stream.local,
    send: (message) => stream.send(framed.encode(message)),
    async receive() {
      for (;;) {
        const frame = decoder.next()
        if (frame !== undefined) return frame
        const chunk = await stream.recv()
        if (chunk.length === 0) throw new Error('The connection ended before the next message.')
        decoder.push(chunk)
      }
    },
    close: () => stream.close(),
  }
}

async function webSocketClient(address: string): Promise<Client> {
  const socket = await connectWebSocket(address, { messageBytes: largestFrameBytes })
  return {
    address: socket.address,
    send: (message) => socket.send(message),
    async receive() {
      const message = await socket.receive()
      if (message === undefined) throw new Error('The connection ended before the next message.')
      return message.data
    },
    close: async () => void (await socket.close()),
  }
}
