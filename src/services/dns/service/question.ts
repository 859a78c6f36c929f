/** The question of an answer that we made, which stands in it without pointers. */
import type { Question } from '../wire/message-types.ts'

const headerBytes = 12

/** Where the question's type stands; 0 where there is none. */
export function typeAt(message: Uint8Array): number {
  if (message.length < headerBytes + 5 || (message[4] === 0 && message[5] === 0)) return 0
  let at = headerBytes
  while (message[at] !== 0) {
    const size = message[at]
    if (size === undefined || size > 63) return 0
    at += 1 + size
  }
  return at + 5 <= message.length ? at + 1 : 0
}

/** Its type; 0 where there is none. */
export function questionType(message: Uint8Array): number {
  const at = typeAt(message)
  return at === 0 ? 0 : message[at]! * 0x100 + message[at + 1]!
}

export function questionOf(message: Uint8Array): Question | undefined {
  const at = typeAt(message)
  if (at === 0) return undefined
  return {
    name: message.slice(headerBytes, at),
    type: message[at]! * 0x100 + message[at + 1]!,
    class: message[at + 2]! * 0x100 + message[at + 3]!,
  }
}
