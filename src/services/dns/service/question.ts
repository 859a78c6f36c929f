/** The question of an answer that we made, which stands in it without pointers. */
import type { Question } from '../wire/message-types.ts'
import { dnsType } from '../wire/types.ts'

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

/**
 * How many labels the zone has that tells that something is not there: those of the first SOA record's name. 1 without such a record: of
 * the last labels there are not many.
 */
export function deniedLabels(message: Uint8Array): number {
  let at = typeAt(message) + 4
  const records = message[6]! * 0x100 + message[7]! + message[8]! * 0x100 + message[9]!
  for (let left = records; left > 0; left--) {
    const name = at
    at = nameEnd(message, at)
    if (at + 10 > message.length) return 1
    const type = message[at]! * 0x100 + message[at + 1]!
    if (type === dnsType.SOA) return labelsAt(message, name)
    at += 10 + message[at + 8]! * 0x100 + message[at + 9]!
  }
  return 1
}

function nameEnd(message: Uint8Array, at: number): number {
  while (at < message.length) {
    const size = message[at]!
    if (size === 0) return at + 1
    if (size > 63) return at + 2
    at += 1 + size
  }
  return at
}

/** Pointers lead back only, so this comes to an end. */
function labelsAt(message: Uint8Array, at: number): number {
  let [labels, start] = [0, at]
  for (;;) {
    const size = message[at] ?? 0
    if (size === 0) return labels
    if (size > 63) {
      const to = (size & 0x3f) * 0x100 + message[at + 1]!
      if (to >= start) return labels
      at = start = to
    } else {
      labels++
      at += 1 + size
    }
  }
}
