/**
 * How often members may speak: each by itself, all of one address or network together, all in one room together. A message needs a place in
 * each of them, and takes all or none.
 *
 *   take ─▶ muted? ─▶ peer ─▶ address (but loopback) ─▶ room ─▶ all free: taken     else a fault that says how long to wait
 */
import { checkChoice, checkNumber } from '../../../core/index.ts'
import type { ChatLimits } from '../options.ts'
import type { Fault, LimitAction } from '../types.ts'
import { networkOf } from './network.ts'
import { RateTable } from './rate-table.ts'
import { rateMaker } from './rules.ts'

export type LimitScope = 'peer' | 'address' | 'room'

/** Who speaks, from where (a numeric address), and in which room (its key; none of a private message). */
export interface Speaking {
  readonly member: string
  readonly address: string
  readonly room?: string
}

export interface LimiterOptions {
  /** Members, addresses and rooms remembered at most, each; the longest idle are forgotten beyond it. @default 100_000 */
  readonly keys?: number
}

const scopes = ['peer', 'address', 'room'] as const
const actions = ['delay', 'drop', 'mute', 'disconnect'] as const
const words: Readonly<Record<LimitScope, string>> = {
  peer: 'You speak too often',
  address: 'Too many messages come from your network',
  room: 'Too many messages in this room',
}

/**
 * The limits of a chat, for all members. The time is an argument, in milliseconds; of a clock that jumps back the jump counts as no time.
 * Throws OPTION_INVALID.
 */
export class Limiter {
  readonly #tables: Partial<Record<LimitScope, RateTable>> = {}
  readonly #action: LimitAction
  readonly #muteMs: number
  readonly #mostKeys: number
  /** Until when; longest muted first. */
  readonly #muted = new Map<string, number>()
  #lastMs = -Infinity
  /** What the clock has jumped back so far. */
  #jumpedMs = 0

  constructor(limits: Omit<Required<ChatLimits>, 'enter'>, options: LimiterOptions = {}) {
    this.#mostKeys = options.keys ?? 100_000
    this.#action = checkChoice('limits.action', limits.action, actions)
    this.#muteMs = checkNumber('limits.muteSeconds', limits.muteSeconds, 0.001, 86_400) * 1_000
    for (const scope of scopes) {
      const rule = limits[scope]
      if (rule !== 'none') this.#tables[scope] = new RateTable(rateMaker(`limits.${scope}`, rule), this.#mostKeys)
    }
  }

  /** Takes a place for a message, or says why not; then it is not counted. `check` and `count` in one. */
  take(speaking: Speaking, clockMs: number): Fault | undefined {
    const fault = this.check(speaking, clockMs)
    if (fault === undefined) this.count(speaking, clockMs)
    return fault
  }

  /**
   * Why there is no place for a message: `limited`, with the scope that has to wait longest, when the message would pass, and what becomes of
   * it; or `muted`. `mute` and `disconnect` are for who is too fast by itself: where an address or a room is full, the speaker may be another
   * than who filled it, and the message is dropped.
   */
  check(speaking: Speaking, clockMs: number): Fault | undefined {
    const nowMs = this.#forward(clockMs)
    const mutedMs = (this.#muted.get(speaking.member) ?? -Infinity) - nowMs
    if (mutedMs > 0) return mutedFault(mutedMs)
    const keys = keysOf(speaking)
    let waitMs = 0
    let fullest: LimitScope = 'peer'
    for (const scope of scopes) {
      const key = keys[scope]
      const wait = key === undefined ? 0 : (this.#tables[scope]?.waitMs(key, nowMs) ?? 0)
      if (wait > waitMs) [waitMs, fullest] = [wait, scope]
    }
    return waitMs > 0 ? this.#refuse(speaking.member, fullest, Math.ceil(waitMs), nowMs) : undefined
  }

  /** Takes the places of a message that `check` has let pass; of one that its room refused, give no room. */
  count(speaking: Speaking, clockMs: number): void {
    const nowMs = this.#forward(clockMs)
    const keys = keysOf(speaking)
    for (const scope of scopes) {
      const key = keys[scope]
      if (key !== undefined) this.#tables[scope]?.take(key, nowMs)
    }
  }

  #refuse(member: string, scope: LimitScope, waitMs: number, nowMs: number): Fault {
    const isOwn = scope === 'peer' || this.#action === 'delay'
    const action = isOwn ? this.#action : 'drop'
    if (action === 'mute') {
      this.#mute(member, nowMs)
      return { code: 'limited', message: told(words[scope], this.#muteMs), waitMs: this.#muteMs, scope, action }
    }
    return { code: 'limited', message: told(words[scope], waitMs), waitMs, scope, action }
  }

  #mute(member: string, nowMs: number): void {
    this.#muted.delete(member)
    this.#muted.set(member, nowMs + this.#muteMs)
    for (const [first, untilMs] of this.#muted) {
      if (untilMs > nowMs && this.#muted.size <= this.#mostKeys) break
      this.#muted.delete(first)
    }
  }

  /** A member has left for good; its id never comes again. */
  forget(member: string): void {
    this.#tables.peer?.forget(member)
    this.#muted.delete(member)
  }

  /** How many keys are remembered. */
  get sizes(): Readonly<Record<LimitScope | 'muted', number>> {
    const { peer, address, room } = this.#tables
    return { peer: peer?.size ?? 0, address: address?.size ?? 0, room: room?.size ?? 0, muted: this.#muted.size }
  }

  #forward(clockMs: number): number {
    const nowMs = clockMs + this.#jumpedMs
    if (nowMs >= this.#lastMs) return (this.#lastMs = nowMs)
    this.#jumpedMs += this.#lastMs - nowMs
    return this.#lastMs
  }
}

function keysOf({ member, address, room }: Speaking): Record<LimitScope, string | undefined> {
  return { peer: member, address: networkOf(address), room }
}

function mutedFault(waitMs: number): Fault {
  return { code: 'muted', message: told('You are muted', waitMs), waitMs: Math.ceil(waitMs) }
}

function told(what: string, waitMs: number): string {
  return `${what}; wait ${Math.ceil(waitMs / 1_000)} s`
}
