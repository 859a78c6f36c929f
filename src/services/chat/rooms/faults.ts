/** Why requests are refused, in words. */
import type { Fault, FaultCode } from '../types.ts'

/** Those that rooms refuse with, besides what text says of nicks and names. */
type Told = Exclude<
  FaultCode,
  | `nick-${'bad' | 'confusable' | 'reserved'}`
  | 'room-bad'
  | `password-${string}`
  | `account-${string}`
  | 'register-closed'
  | 'history-off'
  | 'limited'
  | 'muted'
  | 'unavailable'
>

const messages: { readonly [Code in Told]: string } = {
  'nick-taken': 'Somebody has that nick',
  'no-such-nick': 'Nobody here has that nick',
  'no-such-room': 'There is no such room',
  'not-in-room': 'You are not in that room',
  'they-are-not-in-room': 'They are not in that room',
  'already-in-room': 'Already in that room',
  'cannot-speak': 'You may not speak there',
  banned: 'You are banned there',
  'key-wrong': 'The key of the room is another',
  'invite-only': 'The room is for invited members',
  'room-full': 'The room is full',
  'too-many-rooms': 'That would be too many rooms',
  'not-room-operator': 'That is for operators of the room',
  'not-operator': 'That is for operators of the server',
  'already-logged-in': 'You are logged in already',
  'text-missing': 'There is no text',
  'text-too-long': 'The text is too long',
  'mode-unknown': 'There is no such mode',
  'value-bad': 'That value is not possible',
  'list-full': 'The list is full',
  'server-full': 'The server is full',
  'not-entered': 'You have not come in yet',
}

/** A refusal, as an answer. */
export function refuse(code: Told, about?: string): { readonly fault: Fault } {
  return { fault: faultOf(code, about) }
}

export function faultOf(code: Told, about?: string): Fault {
  return { code, message: messages[code], ...(about === undefined ? {} : { about }) }
}
