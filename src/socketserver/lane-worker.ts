/** What runs in a lane: takes requests out of a pipe, lets a handler do each, many at once, and says how it went. */
import { errorToWire, type WireError } from '../core/index.ts'
import { ByteStream, type Address, type UdpSocket } from '../io/index.ts'
import { findTask, task, type Connection, type Task, type TaskAddress } from '../process/index.ts'
import { serveRequest } from './request-handler.ts'
import type { DatagramRequest, RequestHandlerClass, RequestServer } from './types.ts'

/** A request on its way to a lane: the connection, or the datagram. */
export type LaneRequest = readonly [id: number, request: ByteStream | Uint8Array, clientAddress: Address]

/** How a request went, or that a handler wants the server to stop. */
export type LaneReport = readonly [id: number, error: WireError | undefined] | 'shutdown'

/** What a lane is told of its server. */
export interface LaneOrder {
  readonly handler: TaskAddress
  readonly serverAddress: Address
  readonly context: unknown
  /** Of datagram servers: answers leave through it. */
  readonly socket: UdpSocket | undefined
}

type AnyRequest = ByteStream | DatagramRequest

/** The server as its handlers in a lane see it. */
class LaneServer implements RequestServer {
  readonly serverAddress: Address
  readonly context: unknown
  readonly #reports: Connection<LaneReport>

  constructor(order: LaneOrder, reports: Connection<LaneReport>) {
    this.serverAddress = order.serverAddress
    this.context = order.context
    this.#reports = reports
  }

  async shutdown(): Promise<void> {
    await this.#reports.send('shutdown')
  }
}

export const serveRequests: Task<[LaneOrder, Connection<LaneRequest>, Connection<LaneReport>], Promise<void>> = task(
  import.meta,
  'serveRequests',
  async (order: LaneOrder, requests: Connection<LaneRequest>, reports: Connection<LaneReport>) => {
    const Handler = (await findTask(order.handler)) as unknown as RequestHandlerClass<AnyRequest>
    const server = new LaneServer(order, reports)
    const running = new Set<Promise<void>>()
    let abandoned = false
    for await (const [id, given, clientAddress] of requests) {
      const done = serveOne(id, toRequest(given, order.socket), clientAddress)
      running.add(done)
      void done.then(() => running.delete(done))
    }
    // Requests in hand now are no longer the server's to end.
    abandoned = true
    await Promise.all(running)
    await order.socket?.close()
    reports.close()

    async function serveOne(id: number, request: AnyRequest, clientAddress: Address): Promise<void> {
      let failure: WireError | undefined
      try {
        await serveRequest(new Handler(request, clientAddress, server as never))
      } catch (error) {
        failure = errorToWire(error)
      }
      await letGo(request, abandoned)
      await tell(reports, id, failure)
    }
  },
)

function toRequest(given: ByteStream | Uint8Array, socket: UdpSocket | undefined): AnyRequest {
  if (given instanceof ByteStream) return given
  return [Buffer.from(given.buffer, given.byteOffset, given.byteLength), socket as UdpSocket]
}

/** The server ends the connection, unless it has given its lanes up. */
async function letGo(request: AnyRequest, abandoned: boolean): Promise<void> {
  if (!(request instanceof ByteStream)) return
  if (abandoned) await request.close()
  else await request.release()
}

async function tell(reports: Connection<LaneReport>, id: number, failure: WireError | undefined): Promise<void> {
  try {
    await reports.send([id, failure])
  } catch {
    // The server has given this lane up, or what was thrown cannot travel, which is told instead.
    await reports.send([id, errorToWire(new Error('the handler threw what cannot travel'))]).catch(() => {})
  }
}
