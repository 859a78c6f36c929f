/** What may be kept, checked before any of it is written. Throws OPTION_INVALID. */
import { fail } from '../../../core/index.ts'
import { isMessageId } from './message-id.ts'
import type { StoredMessage } from './types.ts'

/** Longest name of a room or an account, in bytes of UTF-8. */
export const nameBytes = 512
/** Longest record with all that belongs to it, in bytes. */
export const recordBytes = 1_048_576

export function checkMessage(message: StoredMessage): void {
  if (!isMessageId(message.id)) throw refuse('id', '16 hexadecimal digits, as messageId() makes them', message.id)
  checkName('room', message.room)
  if (!Number.isFinite(message.atMs)) throw refuse('atMs', 'a number', message.atMs)
  for (const field of ['from', 'kind', 'text'] as const)
    if (typeof message[field] !== 'string') throw refuse(field, 'a text', message[field])
  if (message.bytes !== undefined && !(message.bytes instanceof Uint8Array))
    throw refuse('bytes', 'a Uint8Array', message.bytes)
}

export function checkName(option: string, name: unknown): string {
  if (typeof name === 'string' && name.isWellFormed() && Buffer.byteLength(name) <= nameBytes) return name
  throw refuse(option, `a well-formed text of at most ${nameBytes} bytes`, name)
}

/** The JSON of a record; what JSON leaves out is left out here, too. */
export function jsonOf(option: string, record: object): string {
  let json: string
  try {
    json = JSON.stringify(record)
  } catch (cause) {
    throw fail('OPTION_INVALID', { option, rule: 'what JSON can carry', got: String(cause) }, { cause })
  }
  if (Buffer.byteLength(json) > recordBytes) throw refuse(option, `at most ${recordBytes} bytes as JSON`, 'more')
  return json
}

function refuse(option: string, rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', {
    option,
    rule,
    got: typeof got === 'string' ? JSON.stringify(got.slice(0, 80)) : String(got),
  })
}
