/** A lane that receives, over a duplicate in the same process, as one has it that got the socket as an argument. */
import { formatAddress, serveBoundDatagram, type BoundSocket, type DatagramSocket } from '#lanework/io/index.js'

export interface Lane {
  readonly socket: DatagramSocket
  readonly messages: string[]
  /** Who sent each message. */
  readonly sources: string[]
}

export async function datagramLane(bound: BoundSocket): Promise<Lane> {
  const socket = await serveBoundDatagram(bound.duplicate(), {})
  const lane: Lane = { socket, messages: [], sources: [] }
  socket.receive((batch) => {
    for (let index = 0; index < batch.count; index++) {
      lane.messages.push(String(batch.message(index)))
      lane.sources.push(formatAddress(batch.source(index).address))
    }
  })
  return lane
}

export const total = (lanes: readonly Lane[]): number => lanes.reduce((sum, { messages }) => sum + messages.length, 0)
