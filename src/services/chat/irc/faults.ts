/** Why a request is refused, as the numerics of IRC. */
import type { Fault, FaultCode } from '../types.ts'
import type { NumericName } from './wire/numerics.ts'

/** What the numeric is about. */
export interface FaultContext {
  readonly command: string
  readonly room?: string | undefined
  readonly nick?: string | undefined
  /** Letter of the mode. */
  readonly letter?: string | undefined
  readonly value?: string | undefined
}

type Param = 'command' | 'room' | 'nick' | 'letter' | 'value'

/** `says`: the text is the fault's own, not the numeric's. */
interface FaultRow {
  readonly numeric: NumericName
  readonly params: readonly Param[]
  readonly says?: boolean
}

const row = (numeric: NumericName, params: readonly Param[], says = false): FaultRow => ({ numeric, params, says })

const rows: Readonly<Record<FaultCode, FaultRow>> = {
  'nick-bad': row('ERR_ERRONEUSNICKNAME', ['nick'], true),
  'nick-taken': row('ERR_NICKNAMEINUSE', ['nick']),
  'nick-reserved': row('ERR_NICKNAMEINUSE', ['nick'], true),
  'nick-confusable': row('ERR_NICKNAMEINUSE', ['nick'], true),
  'room-bad': row('ERR_NOSUCHCHANNEL', ['room'], true),
  'no-such-nick': row('ERR_NOSUCHNICK', ['nick']),
  'no-such-room': row('ERR_NOSUCHCHANNEL', ['room']),
  'not-in-room': row('ERR_NOTONCHANNEL', ['room']),
  'they-are-not-in-room': row('ERR_USERNOTINCHANNEL', ['nick', 'room']),
  'already-in-room': row('ERR_USERONCHANNEL', ['nick', 'room']),
  'cannot-speak': row('ERR_CANNOTSENDTOCHAN', ['room'], true),
  banned: row('ERR_BANNEDFROMCHAN', ['room']),
  'key-wrong': row('ERR_BADCHANNELKEY', ['room']),
  'invite-only': row('ERR_INVITEONLYCHAN', ['room']),
  'room-full': row('ERR_CHANNELISFULL', ['room']),
  'too-many-rooms': row('ERR_TOOMANYCHANNELS', ['room']),
  'not-room-operator': row('ERR_CHANOPRIVSNEEDED', ['room']),
  'not-operator': row('ERR_NOPRIVILEGES', []),
  'password-wrong': row('ERR_PASSWDMISMATCH', []),
  'account-taken': row('ERR_UNKNOWNERROR', ['command'], true),
  'password-weak': row('ERR_UNKNOWNERROR', ['command'], true),
  'password-bad': row('ERR_UNKNOWNERROR', ['command'], true),
  'register-closed': row('ERR_UNKNOWNERROR', ['command'], true),
  'already-logged-in': row('ERR_SASLALREADY', []),
  'text-missing': row('ERR_NOTEXTTOSEND', []),
  'text-too-long': row('ERR_INPUTTOOLONG', []),
  'mode-unknown': row('ERR_UNKNOWNMODE', ['letter']),
  'value-bad': row('ERR_INVALIDMODEPARAM', ['room', 'letter', 'value'], true),
  'list-full': row('ERR_BANLISTFULL', ['room', 'letter']),
  'history-off': row('ERR_UNKNOWNERROR', ['command'], true),
  limited: row('RPL_TRYAGAIN', ['command'], true),
  muted: row('ERR_CANNOTSENDTOCHAN', ['room'], true),
  'server-full': row('ERR_UNKNOWNERROR', ['command'], true),
  'not-entered': row('ERR_NOTREGISTERED', []),
  unavailable: row('ERR_UNKNOWNERROR', ['command'], true),
}

/** Of words that are not let into a room all are 404; a room that is not there for one who speaks is 403. */
const whenSpeaking: Partial<Record<FaultCode, NumericName>> = {
  banned: 'ERR_CANNOTSENDTOCHAN',
  'not-in-room': 'ERR_CANNOTSENDTOCHAN',
  'invite-only': 'ERR_CANNOTSENDTOCHAN',
}

/** Numeric, parameters, and the text where it is not the numeric's own. */
export function numericOf(
  fault: Fault,
  context: FaultContext,
): { readonly name: NumericName; readonly params: readonly string[]; readonly text?: string } {
  const found = rows[fault.code]
  const isSpeech = /^(PRIVMSG|NOTICE|TAGMSG)$/.test(context.command)
  const speaking = isSpeech ? whenSpeaking[fault.code] : undefined
  const name = speaking ?? found.numeric
  const about: Record<Param, string | undefined> = {
    command: context.command,
    room: context.room ?? fault.about ?? '*',
    nick: context.nick ?? fault.about ?? '*',
    letter: context.letter ?? fault.about ?? '?',
    value: context.value ?? '*',
  }
  const params = found.params.map((param) => about[param] ?? '*')
  return found.says === true || speaking !== undefined ? { name, params, text: saidOf(fault) } : { name, params }
}

/** In words, with the seconds to wait as they are now: a fault that is told again has those of its first time in its message. */
export function saidOf({ message, waitMs }: Fault): string {
  if (waitMs === undefined) return message
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return `${message.replace(/; wait .*$/, '')}; wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
}
