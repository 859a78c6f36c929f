/** What the two kinds of clients have in common: a way to say lines, and somebody who is told what comes. */
import type { Clock } from '../../../../core/index.ts'
import type { Bytes } from '../../../../framing/index.ts'

export interface RoomLink {
  /** Says a line, or runs a command. */
  say(line: Bytes): Promise<void>
  /** Nothing more will be said: what was asked is still answered, then it ends by itself. */
  finish(): Promise<void>
  close(): Promise<void>
}

export interface LinkEvents {
  /** A line without its ending. `isDoubtful`: what we said, by another nick than ours. */
  line(bytes: Buffer): { readonly isDoubtful: boolean }
  /** About the way to the server. */
  status(text: string): void
  ended(error?: unknown): void
  /** Our nick as far as it is known, to ask for it again. */
  readonly nick: string | undefined
  /** Rooms to go back into. */
  readonly rooms: ReadonlySet<string>
  /** Where we speak. */
  readonly room: string | undefined
}

export interface LinkOptions {
  readonly nick: string | undefined
  readonly reconnect: boolean
  readonly keepAliveMs: number
  /** How long coming in may take. */
  readonly joinMs: number
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

/** Resolves after `delayMs`, or at once when the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      timer.cancel()
      clearInterval(alive)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = clock.after(delayMs, wake)
    // A clock's timer alone does not keep the process.
    const alive = setInterval(() => {}, 1_000_000)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}
