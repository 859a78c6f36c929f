/** An NTP server on loopback that says whatever a test wants. */
import { udp, formatAddress, type UdpSocket } from '#lanework/io/index.js'
import { decodePacket, encodePacket, modes, timestampOf, type NtpPacket } from '#lanework/services/time/index.js'

export interface PretendedNtp {
  /** `127.0.0.1:PORT`. */
  readonly server: string
  /** Requests that came, decoded. */
  readonly requests: NtpPacket[]
  close(): Promise<void>
}

/** A good answer to a request, as of the machine's own clock. */
export function goodAnswer(request: NtpPacket): NtpPacket {
  const nowNs = BigInt(Date.now()) * 1_000_000n
  return {
    leap: 0,
    version: request.version,
    mode: modes.server,
    stratum: 2,
    poll: 6,
    precision: -20,
    rootDelay: 0.001,
    rootDispersion: 0.002,
    referenceId: 0xc0000201,
    reference: timestampOf(nowNs - 5_000_000_000n),
    origin: request.transmit,
    receive: timestampOf(nowNs),
    transmit: timestampOf(nowNs),
  }
}

/** Sends what `answers` makes of each request: packets, or bytes as they are. */
export async function pretendNtp(
  answers: (request: NtpPacket) => readonly (NtpPacket | Uint8Array)[],
): Promise<PretendedNtp> {
  const socket: UdpSocket = await udp().bind('udp://127.0.0.1:0')
  const requests: NtpPacket[] = []
  const serving = (async () => {
    for await (const { message, source } of socket) {
      const request = decodePacket(message)
      if (request === undefined) continue
      requests.push(request)
      for (const answer of answers(request)) {
        await socket.sendTo(answer instanceof Uint8Array ? answer : encodePacket(answer), source)
      }
    }
  })()
  return {
    server: formatAddress(socket.address).replace('udp://', ''),
    requests,
    async close() {
      await socket.close()
      await serving
    },
  }
}
