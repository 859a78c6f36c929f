/** An NTP server in memory, with clients at addresses of their own and a clock that the test turns. */
import { parseAddress, type Address } from '#lanework/io/index.js'
import { serve, type Limits, type Server } from '#lanework/server/index.js'
import { ntpService, type NtpServiceOptions } from '#lanework/services/time/index.js'
import { MemoryNetwork, VirtualClock } from '#lanework/testing/index.js'
import { countersOf } from './matrix.ts'

export const servedAt = 'udp://192.0.2.1:123'

export interface NtpServer {
  readonly server: Server
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  /** Sends packets from an address, `192.0.2.9` or `192.0.2.9:123`, and gives what came back to it. */
  ask(from: string, ...packets: readonly Uint8Array[]): Promise<Buffer[]>
  /** The service's counters that are not zero. */
  counted(): Record<string, number>
  listenerCounters(): Record<string, number>
}

export async function ntpServer(options: NtpServiceOptions = {}, limits: Partial<Limits> = {}): Promise<NtpServer> {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock })
  const server = await serve(ntpService({ localStratum: 1, ...options }), { listen: servedAt, network, clock, limits })
  const boxes = new Map<string, { readonly address: Address; replies: Buffer[] }>()
  const boxOf = async (from: string): Promise<{ readonly address: Address; replies: Buffer[] }> => {
    const known = boxes.get(from)
    if (known !== undefined) return known
    const asked = parseAddress(from.includes(']:') || /^[^:]*:\d+$/.test(from) ? `udp://${from}` : `udp://${from}:0`)
    const socket = await network.bindDatagram(asked)
    const box = { address: socket.address, replies: [] as Buffer[] }
    socket.receive((batch) => {
      for (let index = 0; index < batch.count; index++) box.replies.push(Buffer.from(batch.message(index)))
    })
    boxes.set(from, box)
    return box
  }
  return {
    server,
    clock,
    network,
    async ask(from, ...packets) {
      const box = await boxOf(from)
      box.replies = []
      for (const packet of packets) network.carry(Buffer.from(packet), box.address, parseAddress(servedAt))
      await clock.advance(1)
      await clock.advance(1)
      return box.replies
    },
    counted: () => Object.fromEntries(Object.entries(server.status().counters).filter(([, count]) => count !== 0)),
    listenerCounters: () => countersOf(server),
  }
}
