/** Part of the chat service's contract: what is answered, and why something is refused. */

/** Why a request is refused; each front says it in its own words. */
export type FaultCode =
  | 'nick-bad'
  | 'nick-taken'
  | 'nick-confusable'
  | 'nick-reserved'
  | 'room-bad'
  | 'no-such-nick'
  | 'no-such-room'
  | 'not-in-room'
  | 'they-are-not-in-room'
  | 'already-in-room'
  | 'cannot-speak'
  | 'banned'
  | 'key-wrong'
  | 'invite-only'
  | 'room-full'
  | 'too-many-rooms'
  | 'not-room-operator'
  | 'not-operator'
  | 'password-wrong'
  | 'account-taken'
  | 'password-weak'
  | 'password-bad'
  | 'register-closed'
  | 'already-logged-in'
  | 'text-missing'
  | 'text-too-long'
  | 'mode-unknown'
  | 'value-bad'
  | 'list-full'
  | 'history-off'
  | 'limited'
  | 'muted'
  | 'server-full'
  | 'not-entered'
  | 'unavailable'

export interface Fault {
  readonly code: FaultCode
  /** In English, a sentence without a stop. */
  readonly message: string
  /** What it is about: the nick, room, or mode as typed. */
  readonly about?: string
  /** Of `limited` and `muted`: milliseconds until it may speak again. */
  readonly waitMs?: number
  /** Of `limited`: whose limit, and what becomes of the message. */
  readonly scope?: 'peer' | 'address' | 'room'
  readonly action?: LimitAction
}

/** delay: it is said when its time has come. drop: it is gone. mute: nothing more for a while. disconnect: out. */
export type LimitAction = 'delay' | 'drop' | 'mute' | 'disconnect'

export type Answer<Value> = { readonly ok: Value } | { readonly fault: Fault }
