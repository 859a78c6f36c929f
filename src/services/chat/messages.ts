/**
 * What lanes and the owner say to each other over the bus, and under which subjects.
 *
 *   lane ─▶ chat.ask: AskOwner ─▶ its answer             one at a time for each member
 *   owner ─▶ chat.room.KEY                               lanes with members in the room hear it
 *         ─▶ chat.all                                    each lane picks whom it concerns
 *         ─▶ chat.lane.LANE: ToLane                      one lane
 */
import { subjectToken } from '../../bus/index.ts'
import type { MemberSnapshot } from './rooms/types.ts'
import type { Answer, Heard, MemberInfo, RequestName, Transport } from './types.ts'

export const askSubject = 'chat.ask'
export const allSubject = 'chat.all'

export function roomSubject(key: string): string {
  return `chat.room.${subjectToken(key)}`
}

export function laneSubject(lane: string): string {
  return `chat.lane.${subjectToken(lane)}`
}

/** Answered by a lane as long as it lives. */
export function pulseSubject(lane: string): string {
  return `chat.pulse.${subjectToken(lane)}`
}

export type AskOwner =
  /** A member's request; `by` is missing before it has entered. */
  | {
      readonly kind: 'ask'
      readonly lane: string
      readonly by?: string
      readonly name: RequestName
      readonly ask: object
      readonly ref?: string
    }
  /**
   * Its connection has ended. With `waitMs` the stay goes on for so long, for who comes back with its secret. `brief` is heard in place of the
   * reason where that is the member's own and it has only just come.
   */
  | {
      readonly kind: 'lost'
      readonly lane: string
      readonly by: string
      readonly reason: string
      readonly brief?: string | undefined
      readonly transport: Transport
      readonly waitMs: number
    }
  /**
   * A lane is here, with its members, in pages from 0; `isNew`: they are of a former owner, `isFirst`: it has had none. Answered with who
   * may not stay.
   */
  | {
      readonly kind: 'hello'
      readonly lane: string
      readonly seat: number
      readonly isNew: boolean
      readonly isFirst: boolean
      readonly members: readonly MemberSnapshot[]
      readonly page: number
      readonly isLast: boolean
    }
  /** It has taken over these members, and hears their rooms. Answered with those that are its own now. */
  | { readonly kind: 'claim'; readonly lane: string; readonly members: readonly MemberSnapshot[] }
  /** Its successor serves the sockets: that one is to go on with its datagram members while they can still be reached here. */
  | { readonly kind: 'retire'; readonly lane: string }
  /** It ends: somebody else is to go on with its datagram members. */
  | { readonly kind: 'bye'; readonly lane: string }
  /** It was given this member, and has nobody for it: who asked to be let in was told that there is no answer. */
  | { readonly kind: 'stray'; readonly lane: string; readonly member: string }
  /** Part of an answer that is too long for one message, from 0; answered with its bytes, none when it is gone. */
  | { readonly kind: 'part'; readonly lane: string; readonly id: number; readonly index: number }

export interface HelloAnswer {
  readonly gone: readonly { readonly id: string; readonly reason: string }[]
  /** The others that are not, or not where, their lane has them. */
  readonly changed: readonly ChangedMember[]
}

export interface ClaimAnswer {
  readonly claimed: readonly string[]
  /** As in the answer to a hello: between the offer and the claim neither lane heard what became of them. */
  readonly changed: readonly ChangedMember[]
}

/** What a lane does not know of a member that it has, as it could not hear all. */
export interface ChangedMember {
  /** The id that it had: ids and nicks may have been given to somebody else meanwhile. */
  readonly former: string
  readonly me: MemberInfo
  readonly rooms: MemberSnapshot['rooms']
}

/** The answer to a lane that the owner does not know, or no longer: it says hello, and asks again. */
export interface UnknownLane {
  readonly isUnknown: true
}

/** In place of an answer that is too long for one message: how to fetch it. */
export interface InParts {
  readonly inParts: { readonly id: number; readonly count: number }
}

/** What the owner says to one lane. */
export type ToLane =
  | { readonly kind: 'heard'; readonly heard: Heard }
  /** This member has gone on in another lane. */
  | { readonly kind: 'letGo'; readonly member: string }
  /** Members of a lane that has ended; it may go on with them. Those that are `moving` hear by their former lane until they are `yours`. */
  | { readonly kind: 'adopt'; readonly members: readonly MemberSnapshot[]; readonly isMoving?: boolean }
  /** From now on this member hears by this lane. */
  | { readonly kind: 'yours'; readonly member: string }
  /** It was silent for so long that the owner has given it up: it is to say hello. */
  | { readonly kind: 'unknown' }

export type AskAnswer = Answer<unknown> | HelloAnswer | ClaimAnswer | UnknownLane

/** What the owner tells all lanes, in the server's snapshot. */
export interface OwnerNotice {
  /** Where the bus is. */
  readonly path: string
  /** For proofs of addresses, the same in all lanes; base64. */
  readonly proofKey: string
}

export function toBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** Of our own programs, over a socket that nobody else may open. */
export function fromBytes<Value>(bytes: Uint8Array): Value {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Value
}
