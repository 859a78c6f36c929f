/** A datagram server in memory with clients at addresses of their own, and a clock that the test turns. */
import { udp, type UdpSocket } from '#lanework/io/index.js'
import type { Server, ServeOptions, ServiceDefinition } from '#lanework/server/index.js'
import { MemoryNetwork, VirtualClock } from '#lanework/testing/index.js'
import { countersOf, serveOn } from './matrix.ts'

export const servedAt = 'udp://192.0.2.1:9000'

export interface Rated {
  readonly server: Server
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  /** A socket at an address; an IPv6 one without brackets. */
  client(host: string): Promise<UdpSocket>
  /** Sends so many messages at once, and waits until the server has seen them. */
  burst(client: UdpSocket, count: number, message?: string): Promise<void>
  counters(): Record<string, number>
}

export async function rated(definition: Partial<ServiceDefinition>, options: Partial<ServeOptions>): Promise<Rated> {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock })
  const server = await serveOn(servedAt, definition, { network, clock, ...options })
  return {
    server,
    clock,
    network,
    client: (host) => udp({ network }).bind({ scheme: 'udp', host, port: 0 }),
    async burst(client, count, message = 'x') {
      for (let index = 0; index < count; index++) await client.sendTo(message, servedAt)
      await clock.advance(1)
    },
    counters: () => countersOf(server),
  }
}
