/** Text in datagrams of bounded size: a line that is too long is cut, lines that fit go together. Pure. */
import type { Bytes } from '../../../framing/index.ts'
import { splitText } from '../text/split-text.ts'
import { lineBytes, type Line } from './render.ts'

/** The datagrams of a line, each with its head. */
export function cutLine({ head, body, bytes }: Line, most: number): Bytes[] {
  const room = most - Buffer.byteLength(head)
  if (bytes === undefined) return splitText(body, room).map((part) => head + part)
  const parts: Bytes[] = []
  for (let at = 0; at < bytes.length || at === 0; at += room) {
    parts.push(lineBytes({ head, body, bytes: bytes.subarray(at, at + room) }))
  }
  return parts
}

/** Puts lines together, each ended by a newline but the last of a datagram; what is longer than a datagram is cut. */
export function packLines(lines: readonly string[], most: number): string[] {
  const packed: string[] = []
  let open: string | undefined
  let size = 0
  for (const line of lines.flatMap((text) => splitLine(text, most))) {
    const bytes = Buffer.byteLength(line)
    if (open !== undefined && size + 1 + bytes <= most) {
      open += `\n${line}`
      size += 1 + bytes
      continue
    }
    if (open !== undefined) packed.push(open)
    open = line
    size = bytes
  }
  if (open !== undefined) packed.push(open)
  return packed
}

/** The parts of a line from the server, each with the server's head. */
function splitLine(line: string, most: number): string[] {
  if (Buffer.byteLength(line) <= most) return [line]
  const head = /^-- /.exec(line)?.[0] ?? ''
  return splitText(line.slice(head.length), most - head.length).map((part) => head + part)
}
