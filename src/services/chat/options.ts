/** Options of the chat service: what may be given, and what holds. */
import type { LimitAction } from './types.ts'

/** A rate: by sliding window, exactly `messages` within any `seconds`; or by token bucket, `burst` at once and `perSecond` on average. */
export type RateRule =
  | { readonly messages: number; readonly seconds: number }
  | { readonly perSecond: number; readonly burst: number }

export interface ChatLimits {
  /** Of one member. @default 10 messages in 10 seconds */
  readonly peer?: RateRule | 'none'
  /** Of one IPv4 address or IPv6 network of 64 bits; loopback is exempt. @default 50 messages in 10 seconds */
  readonly address?: RateRule | 'none'
  /** Of all members of a room together. @default 100 messages in 1 second */
  readonly room?: RateRule | 'none'
  /** What becomes of a message beyond it. @default 'drop' */
  readonly action?: LimitAction
  /** How long `mute` lasts, in seconds. @default 30 */
  readonly muteSeconds?: number
}

export interface OperatorOption {
  readonly name: string
  /** As `lanework chat password` prints it. */
  readonly password: string
}

export interface ChatOptions {
  /** The server's name in IRC. @default 'chat.lanework' */
  readonly name?: string
  /** @default 'lanework' */
  readonly network?: string
  /** The room that UDP and TCP members are in from the start. @default '#lobby' */
  readonly room?: string
  /** Text for who comes, lines. */
  readonly motd?: string
  /** UDP members join with their first datagram from anywhere; else a hello proves their address, but on loopback. @default false */
  readonly open?: boolean
  /** `none`: nothing is kept. `memory`: as long as the server runs. A folder: on the disk. @default 'memory' */
  readonly history?: 'none' | 'memory' | { readonly folder: string }
  /** Messages older than this go. @default 7 */
  readonly historyDays?: number
  /** Messages kept of a room at most. @default 10_000 */
  readonly historyMessages?: number
  readonly limits?: ChatLimits
  /** Longest text of a message, in bytes of UTF-8. @default 2_000 */
  readonly textBytes?: number
  /** Members at most. @default 10_000 */
  readonly members?: number
  /** Rooms at most. @default 10_000 */
  readonly rooms?: number
  /** Rooms that one member may be in. @default 50 */
  readonly roomsPerMember?: number
  /** A UDP member that is silent for so long has left. @default 300 */
  readonly udpIdleSeconds?: number
  /** How long a broken connection's stay waits for its member to come back with its secret. @default 60 */
  readonly resumeSeconds?: number
  /** Whether members may make accounts themselves. @default false */
  readonly register?: boolean
  readonly operators?: readonly OperatorOption[]
}

/** All of it as it is in force. */
export interface ChatSettings extends Required<Omit<ChatOptions, 'limits'>> {
  readonly limits: Required<ChatLimits>
}
