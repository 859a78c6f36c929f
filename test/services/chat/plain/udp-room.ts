/** A UDP front at work: datagrams go in, and what its peer is sent comes out. */
import { randomBytes } from 'node:crypto'
import { udpFront } from '#lanework/services/chat/plain/udp-front.js'
import type { Front, FrontCount } from '#lanework/services/chat/lane/front.js'
import type { Hearing } from '#lanework/services/chat/types.js'
import { scriptedDesk, settled, sharedForms, type DeskOptions, type ScriptedDesk } from './scripted-desk.js'

export interface UdpRoom {
  readonly desk: ScriptedDesk
  readonly front: Front
  readonly counts: readonly FrontCount[]
  /** Sends a datagram and gives what came back. */
  tell(datagram: string | Uint8Array): Promise<string[]>
  /** Something is heard; gives what was sent. */
  hear(hearing: Hearing, ref?: string): string[]
}

const proofKey = randomBytes(32)

export function udpRoom(options: DeskOptions = {}): UdpRoom {
  const desk = scriptedDesk({ proofKey, ...options })
  const front = udpFront(desk)
  return {
    desk,
    front,
    counts: desk.counts,
    async tell(datagram) {
      void front.receive(Buffer.from(datagram as string))
      await settled()
      return desk.news()
    },
    hear(hearing, ref) {
      const heard = {
        audience: { to: 'room', room: '#lobby' },
        hearing,
        ...(ref === undefined ? {} : { ref }),
      } as const
      front.hear(heard, sharedForms())
      return desk.news()
    },
  }
}

export function namesAsked({ desk }: UdpRoom): string[] {
  return desk.asked.map(({ name }) => name)
}

/** An address that has proved nothing. */
export const elsewhere: DeskOptions = { host: '192.0.2.7' }
