/** How a talk looks: plain replies for a pipe, sender and round trip for a person, JSON for a program. */
import { isUtf8 } from 'node:buffer'

import { escapeControls } from '../output.ts'

export interface ShowOptions {
  readonly json: boolean
  readonly hex: boolean
  /** Sender and round-trip time before each message. */
  readonly verbose: boolean
}

export interface Received {
  readonly bytes: Buffer
  readonly from: string
  /** Milliseconds since the message it seems to answer; undefined when there is none. */
  readonly roundTripMs: number | undefined
}

/** One received message as a line (or lines, for hex) of output. */
export function showMessage(options: ShowOptions, received: Received): string {
  if (options.json) return JSON.stringify(toJson(received))
  const text = options.hex ? hexDump(received.bytes) : readable(received.bytes, options.verbose)
  if (!options.verbose) return text
  const roundTrip = received.roundTripMs === undefined ? '' : `${received.roundTripMs.toFixed(2)} ms`
  const head = `${received.from}  ${roundTrip.padStart(9)}  `
  return options.hex ? `${head}${received.bytes.length} bytes\n${text}` : `${head}${text}`
}

function toJson({ bytes, from, roundTripMs }: Received): object {
  return {
    event: 'message',
    from,
    sizeBytes: bytes.length,
    ...(roundTripMs === undefined ? {} : { roundTripMs: Number(roundTripMs.toFixed(3)) }),
    ...(isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') }),
  }
}

/** Text as it is for a pipe; for a person without terminal escapes, and bytes that are no text made visible. */
function readable(bytes: Buffer, forPerson: boolean): string {
  if (!forPerson) return isUtf8(bytes) ? bytes.toString() : bytes.toString('latin1')
  if (bytes.length === 0) return '(empty)'
  return escapeControls(
    isUtf8(bytes) ? bytes.toString() : bytes.toString('latin1').replace(/[\u0080-\u00ff]/g, hexEscape),
  )
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16)}`
}

/** Sixteen bytes a line: offset, hex, and what is printable. */
export function hexDump(bytes: Buffer): string {
  const rows: string[] = []
  for (let offset = 0; offset < bytes.length || offset === 0; offset += 16) {
    const row = bytes.subarray(offset, offset + 16)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const printable = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    rows.push(`  ${offset.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${printable}`)
  }
  return rows.join('\n')
}
