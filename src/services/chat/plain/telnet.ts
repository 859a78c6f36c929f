/**
 * What telnet clients say to each other (RFC 854) in the middle of a line. Nothing is answered: whoever is not answered stays as it is,
 * line by line. Pure.
 *
 *   h i IAC WILL ECHO        IAC = 255: with WILL, WONT, DO, DONT and one more byte; SB to SE; IAC IAC is the byte 255
 *   └─ "hi" ────────┘
 */
const iac = 255
const endOfSubnegotiation = 240
const subnegotiation = 250
const firstWithOption = 251

/** The line without telnet's commands. */
export function withoutTelnet(line: Buffer): Buffer {
  if (!line.includes(iac)) return line
  const kept = Buffer.allocUnsafe(line.length)
  let size = 0
  for (let at = 0; at < line.length; at++) {
    const byte = line[at] as number
    if (byte !== iac) kept[size++] = byte
    else if (line[at + 1] === iac) kept[size++] = line[++at] as number
    else at += commandBytes(line, at) - 1
  }
  return kept.subarray(0, size)
}

/** How long the command is that begins here; one that is not whole goes to the end of the line. */
function commandBytes(line: Buffer, at: number): number {
  const command = line[at + 1] ?? 0
  if (command === subnegotiation) {
    for (let end = at + 2; end < line.length; end++) {
      if (line[end] !== iac) continue
      if (line[end + 1] === endOfSubnegotiation) return end + 2 - at
      end++
    }
    return line.length - at
  }
  return command >= firstWithOption ? 3 : 2
}
