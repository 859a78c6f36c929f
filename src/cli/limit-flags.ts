/** The limits of a server as flags, from one table: `--frame-bytes 1024` is `limits.frameBytes`. */
import { Option, type Command } from 'commander'

import type { Limits } from '../server/index.ts'
import { integerOption } from './options.ts'

interface LimitFlag {
  readonly least: number
  readonly most: number
  readonly help: string
}

const anyMs = 2 ** 31 - 1
const anyBytes = Number.MAX_SAFE_INTEGER

const limitTable: { readonly [Name in keyof Limits]: LimitFlag } = {
  connections: { least: 1, most: 1_000_000, help: 'open connections at most' },
  connectionsPerAddress: { least: 1, most: 1_000_000, help: 'open connections from one address or IPv6 network' },
  frameBytes: { least: 1, most: 1_073_741_824, help: 'longest message, in bytes' },
  idleMs: { least: 0, most: anyMs, help: 'close silent connections after this time; 0 for never' },
  handshakeMs: { least: 0, most: anyMs, help: 'the first message must be whole so soon; 0 for any time' },
  frameMs: { least: 0, most: anyMs, help: 'a message must be whole so soon after its first byte; 0 for any time' },
  frameBytesPerSecond: { least: 0, most: 2 ** 40, help: 'slowest sender of an unfinished message; 0 for any' },
  queueBytes: { least: 1, most: 2 ** 40, help: 'bytes that may wait for a peer that does not read' },
  inFlight: { least: 1, most: 1_000_000, help: 'asynchronous handler calls at once for a lane' },
  messagesPerSecond: { least: 0, most: 1_000_000, help: 'messages a second from one source; 0 for any' },
  messageBurst: { least: 0, most: 1_000_000, help: 'messages that a source may send at once after silence' },
  messagesPerWindow: { least: 0, most: 1_000_000, help: 'messages from one source within --window-ms; 0 for any' },
  windowMs: { least: 1, most: anyMs, help: 'the window of --messages-per-window' },
  replyFactor: { least: 0, most: 1_000_000, help: 'bytes answered at most for each received, on UDP; 0 for any' },
  shedLagMs: { least: 0, most: anyMs, help: 'a lane whose event loop is so late turns work away; 0 for never' },
  shedMemoryBytes: { least: 0, most: anyBytes, help: 'a lane that uses so much turns work away; 0 for never' },
}

export const limitNames: readonly (keyof Limits)[] = Object.keys(limitTable) as (keyof Limits)[]

/** What commander makes of these flags: camelCase names, as in `Limits`. */
export type LimitFlags = { readonly [Name in keyof Limits]?: number }

export function addLimitFlags(command: Command): Command {
  for (const name of limitNames) {
    const { least, most, help } = limitTable[name]
    command.addOption(new Option(`--${kebabCase(name)} <n>`, help).argParser(integerOption(least, most)))
  }
  return command
}

/** Those that were given. */
export function limitsOf(flags: LimitFlags): Partial<Limits> {
  return Object.fromEntries(limitNames.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]))
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
