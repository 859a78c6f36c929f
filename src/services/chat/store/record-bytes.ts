/**
 * How records lie in the database: keys that sort, and values that tell whether they are whole.
 *
 *   message   'm' │ u16 bytes of the room │ room │ u64 id        a room's messages lie together, by time
 *   room      'r' │ room
 *   account   'a' │ name
 *   setting   's' │ name
 *   last id   'l'                                                 value: u64; ids go on from it when no message is left
 *
 *   value     u32 CRC-32 of the key and the rest │ u32 bytes of JSON │ JSON │ bytes of the message
 */
import { crc32 } from 'node:zlib'

import type { StoredMessage } from './types.ts'

export const keyKinds = { message: 0x6d, room: 0x72, account: 0x61, setting: 0x73, lastId: 0x6c } as const

/** A message's key; without an id, where its room begins. */
export function messageKey(room: string, id = '0000000000000000'): Buffer {
  const length = Buffer.byteLength(room)
  const key = Buffer.allocUnsafe(3 + length + 8)
  key[0] = keyKinds.message
  key.writeUInt16BE(length, 1)
  key.write(room, 3)
  key.write(id, 3 + length, 'hex')
  return key
}

export function nameKey(kind: number, name: string): Buffer {
  return Buffer.concat([Buffer.of(kind), Buffer.from(name)])
}

/** What a key is of; undefined for what no store of ours wrote. */
export function readKey(key: Uint8Array): { kind: number; name: string; id: string } | undefined {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  const kind = bytes[0]
  if (kind === keyKinds.lastId && bytes.length === 1) return { kind, name: '', id: '' }
  if (kind === keyKinds.room || kind === keyKinds.account || kind === keyKinds.setting)
    return { kind, name: bytes.toString('utf8', 1), id: '' }
  if (kind !== keyKinds.message || bytes.length < 11 || bytes.readUInt16BE(1) !== bytes.length - 11) return undefined
  return { kind, name: bytes.toString('utf8', 3, bytes.length - 8), id: bytes.toString('hex', bytes.length - 8) }
}

export function valueOf(key: Uint8Array, json: string, rest: Uint8Array = new Uint8Array(0)): Buffer {
  const length = Buffer.byteLength(json)
  const value = Buffer.allocUnsafe(8 + length + rest.length)
  value.writeUInt32BE(length, 4)
  value.write(json, 8)
  value.set(rest, 8 + length)
  value.writeUInt32BE(crc32(value.subarray(4), crc32(key)), 0)
  return value
}

/** Pages of the file are so long, and a record that is longer than half of one has pages of its own. */
const pageBytes = 4_096

/** About what a record takes in the file, in bytes. */
export function spaceOf(key: Uint8Array, value: Uint8Array): number {
  const together = key.length + value.length + 10
  return together <= pageBytes / 2 ? together : key.length + 18 + Math.ceil((value.length + 16) / pageBytes) * pageBytes
}

/** True when key and value are as they were written. */
export function isWhole(key: Uint8Array, value: Uint8Array): boolean {
  if (value.length < 8) return false
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return bytes.readUInt32BE(0) === crc32(bytes.subarray(4), crc32(key)) && bytes.readUInt32BE(4) <= bytes.length - 8
}

/** The JSON of a value that is whole. */
export function readJson(value: Buffer): unknown {
  return JSON.parse(value.toString('utf8', 8, 8 + value.readUInt32BE(4)))
}

/** A message from a value that is whole; undefined when it is not. */
export function readMessage(key: Uint8Array, value: Buffer): StoredMessage | undefined {
  if (!isWhole(key, value)) return undefined
  const end = 8 + value.readUInt32BE(4)
  const message = readJson(value) as StoredMessage
  return end === value.length ? message : { ...message, bytes: Uint8Array.from(value.subarray(end)) }
}
