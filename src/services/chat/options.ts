/** Options of the chat service: what may be given, and what holds. */
import { checkChoice, checkInteger, checkKnownKeys, checkNumber, fail } from '../../core/index.ts'
import { readPasswordText } from './owner/password-text.ts'
import { checkRoomName } from './text/room-name.ts'
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
  /**
   * How often members may come from one address (IPv6 network of 64 bits); from the network around it (24 bits, 48 in IPv6) five times as
   * often; loopback is exempt, and who comes back to a stay that goes on. @default 20 in 60 seconds
   */
  readonly enter?: RateRule | 'none'
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
  /** All messages together at most, in MiB; beyond it the oldest go. @default 256 in memory, 4096 on the disk */
  readonly historyMegabytes?: number
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
  /** Whether the nick that is an account's name is for who is logged in to it alone. @default true */
  readonly reserveNicks?: boolean
  readonly operators?: readonly OperatorOption[]
}

/** All of it as it is in force. */
export interface ChatSettings extends Required<Omit<ChatOptions, 'limits'>> {
  readonly limits: Required<ChatLimits>
}

const defaults = {
  name: 'chat.lanework',
  network: 'lanework',
  room: '#lobby',
  motd: '',
  open: false,
  history: 'memory',
  historyDays: 7,
  historyMessages: 10_000,
  historyMegabytes: 256,
  textBytes: 2_000,
  members: 10_000,
  rooms: 10_000,
  roomsPerMember: 50,
  udpIdleSeconds: 300,
  resumeSeconds: 60,
  register: false,
  reserveNicks: true,
  operators: [],
} as const satisfies Omit<ChatSettings, 'limits'>

const limitDefaults: Required<ChatLimits> = {
  peer: { messages: 10, seconds: 10 },
  address: { messages: 50, seconds: 10 },
  room: { messages: 100, seconds: 1 },
  enter: { messages: 20, seconds: 60 },
  action: 'drop',
  muteSeconds: 30,
}

/** The options with all defaults. Throws OPTION_INVALID. */
export function chatSettings(options: ChatOptions): ChatSettings {
  checkKnownKeys('chat', options, [...Object.keys(defaults), 'limits'])
  const onDisk = typeof options.history === 'object' ? { historyMegabytes: 4_096 } : {}
  const settings = { ...defaults, ...onDisk, ...options, limits: checkedLimits(options.limits ?? {}) }
  checkText('name', settings.name, /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'a name with a dot, as chat.example.org')
  checkText('network', settings.network, /^[\w.-]{1,50}$/, 'a word')
  checkText('motd', settings.motd, /^[^\0\r]{0,20000}$/, 'text')
  const fault = checkRoomName(settings.room)
  if (fault !== undefined)
    throw wrong('room', fault.message.replace('The name of a room', 'the name of a room, which'), settings.room)
  checkFlag('open', settings.open)
  checkFlag('register', settings.register)
  checkFlag('reserveNicks', settings.reserveNicks)
  checkHistory(settings.history)
  checkNumber('historyDays', settings.historyDays, 0.001, 36_500)
  checkInteger('historyMessages', settings.historyMessages, 1, 10_000_000)
  checkInteger('historyMegabytes', settings.historyMegabytes, 1, 16_777_216)
  checkInteger('textBytes', settings.textBytes, 64, 8_000)
  checkInteger('members', settings.members, 1, 1_000_000)
  checkInteger('rooms', settings.rooms, 1, 1_000_000)
  checkInteger('roomsPerMember', settings.roomsPerMember, 1, 1_000)
  checkNumber('udpIdleSeconds', settings.udpIdleSeconds, 1, 86_400)
  checkNumber('resumeSeconds', settings.resumeSeconds, 0, 86_400)
  for (const operator of settings.operators) checkOperator(operator)
  return settings
}

function checkedLimits(given: ChatLimits): Required<ChatLimits> {
  checkKnownKeys('limits', given, Object.keys(limitDefaults))
  const limits = { ...limitDefaults, ...given }
  for (const scope of ['peer', 'address', 'room', 'enter'] as const) checkRate(`limits.${scope}`, limits[scope])
  checkChoice('limits.action', limits.action, ['delay', 'drop', 'mute', 'disconnect'])
  checkNumber('limits.muteSeconds', limits.muteSeconds, 1, 86_400)
  return limits
}

/** Messages within a window at most: each of them is remembered. */
export const mostMessages = 10_000
/** Tokens of a bucket at most, and how many may come in a second. */
export const mostTokens = 100_000

/** Throws OPTION_INVALID. */
export function checkRate(option: string, rule: RateRule | 'none'): void {
  if (rule === 'none') return
  if (typeof rule !== 'object' || rule === null) throw wrong(option, "'none' or a rate", String(rule))
  if ('messages' in rule) {
    checkKnownKeys(option, rule, ['messages', 'seconds'])
    checkInteger(`${option}.messages`, rule.messages, 1, mostMessages)
    checkNumber(`${option}.seconds`, rule.seconds, 0.1, 86_400)
  } else {
    checkKnownKeys(option, rule, ['perSecond', 'burst'])
    checkNumber(`${option}.perSecond`, rule.perSecond, 0.001, mostTokens)
    checkNumber(`${option}.burst`, rule.burst, 1, mostTokens)
  }
}

function checkHistory(history: ChatSettings['history']): void {
  if (history === 'none' || history === 'memory') return
  if (typeof history !== 'object' || typeof history?.folder !== 'string' || history.folder === '')
    throw wrong('history', "'none', 'memory' or a folder", JSON.stringify(history))
}

function checkOperator(operator: OperatorOption): void {
  checkKnownKeys('operators', operator, ['name', 'password'])
  checkText('operators.name', operator.name, /^\S{1,50}$/, 'a word')
  if (readPasswordText(operator.password) === undefined)
    throw wrong('operators.password', 'what `lanework chat password` prints', '(not shown)')
}

function checkText(option: string, value: unknown, form: RegExp, rule: string): void {
  if (typeof value !== 'string' || !form.test(value)) throw wrong(option, rule, String(value))
}

function wrong(option: string, rule: string, got: string): Error {
  return fail('OPTION_INVALID', { option, rule, got })
}

function checkFlag(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw wrong(option, 'true or false', String(value))
}
