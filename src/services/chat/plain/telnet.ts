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
/** Options that there are have small numbers; 255 and another byte are no telnet then, but bytes that are no text. */
const optionsMost = 50

/** The line without telnet's commands. */
export function withoutTelnet(line: Buffer): Buffer {
  if (!line.includes(iac)) return line
  const kept = Buffer.allocUnsafe(line.length)
  let size = 0
  let at = 0
  while (at < line.length) {
    const length = line[at] === iac ? commandBytes(line, at) : 0
    if (length === 0) kept[size++] = line[at] as number
    // Twice 255 is the byte itself.
    if (line[at] === iac && line[at + 1] === iac) at++
    at += Math.max(1, length)
  }
  return kept.subarray(0, size)
}

/** How long the command is that begins here, 0 where none does; a longer one that is cut off goes to the end of the line. */
function commandBytes(line: Buffer, at: number): number {
  const command = line[at + 1]
  if (command === undefined || command === iac || command < endOfSubnegotiation) return 0
  if (command < subnegotiation) return 2
  const option = line[at + 2]
  if (option !== undefined && option >= optionsMost) return 0
  if (command >= firstWithOption) return 3
  for (let end = at + 3; end < line.length; end++) {
    if (line[end] !== iac) continue
    if (line[end + 1] === endOfSubnegotiation) return end + 2 - at
    end++
  }
  return line.length - at
}
