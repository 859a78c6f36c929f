/**
 * The program by which the kernel chooses a socket of a SO_REUSEPORT group for an arrival, in classic BPF (linux/filter.h):
 * instructions of eight bytes each, in the machine's byte order. It returns the socket's number in the order of binding.
 *
 *   choice % sockets ── is its lane away? ──no──▶ that one
 *                              └─yes─▶ choice / sockets % (those that are not away) ──▶ one of them
 */

/** What is chosen by: a random number of the kernel for each arrival, or the address and port that it came from. */
export type SpreadBy = 'random' | 'source'

// Operation codes.
const loadWord = 0x20
const loadHalf = 0x28
const loadByte = 0x30
const loadHalfAtX = 0x48
const loadHeaderLengthToX = 0xb1
const store = 0x02
const loadStored = 0x60
const loadStoredToX = 0x61
const copyToX = 0x07
const add = 0x04
const multiply = 0x24
const divide = 0x34
const shiftRight = 0x74
const modulo = 0x94
const xorWithX = 0xac
const jump = 0x05
const jumpIfEqual = 0x15
const jumpIfAtLeast = 0x35
const returnAccumulator = 0x16

/** Where the kernel keeps a random number, and the header of the network layer. */
const randomOffset = -0x1000 + 56
const networkOffset = -0x100000
const instructionBytes = 8
/** The kernel takes 4,096 instructions; each socket that is away costs four. */
const awayLimit = 1_000

type Instruction = readonly [code: number, constant?: number, ifTrue?: number, ifFalse?: number]

/**
 * Sockets in `away` are passed over: what was theirs goes to the others, and only that, so that the flows of the others stay
 * where they are. With all away, or more than 1,000, nobody is passed over.
 */
export function spreadProgram(by: SpreadBy, sockets: number, away: readonly number[] = []): Uint8Array {
  const choice = by === 'random' ? random : sourceHash
  const passedOver = away.length < sockets && away.length <= awayLimit ? [...away].sort((a, b) => a - b) : []
  return encode([...choice, [store, 0], [modulo, sockets], ...passOver(passedOver, sockets), [returnAccumulator]])
}

function passOver(away: readonly number[], sockets: number): Instruction[] {
  if (away.length === 0) return []
  return [
    ...away.flatMap((socket, index): Instruction[] => [
      [jumpIfEqual, socket, 0, 1],
      // Over the other tests and the return after them.
      [jump, 2 * (away.length - index - 1) + 1],
    ]),
    [returnAccumulator],
    [loadStored, 0],
    [divide, sockets],
    [modulo, sockets - away.length],
    // The number among those that are not away becomes the number among all.
    ...away.flatMap((socket): Instruction[] => [
      [jumpIfAtLeast, socket, 0, 1],
      [add, 1],
    ]),
  ]
}

const random: readonly Instruction[] = [[loadWord, randomOffset]]

const source6: readonly Instruction[] = [
  [loadHalf, networkOffset + 40],
  [store, 0],
  [loadWord, networkOffset + 8],
  ...[12, 16, 20].flatMap((at): Instruction[] => [[copyToX], [loadWord, networkOffset + at], [xorWithX]]),
]

const source4: readonly Instruction[] = [
  [loadHeaderLengthToX, networkOffset],
  [loadHalfAtX, networkOffset],
  [store, 0],
  [loadWord, networkOffset + 12],
  [jump, source6.length],
]

/** Of the IPv4 or IPv6 address and the port that a UDP datagram came from; extension headers of IPv6 take the port's place. */
const sourceHash: readonly Instruction[] = [
  [loadByte, networkOffset],
  [shiftRight, 4],
  [jumpIfEqual, 6, source4.length, 0],
  ...source4,
  ...source6,
  [multiply, 0x9e3779b1],
  [loadStoredToX, 0],
  [xorWithX],
  [multiply, 0x85ebca6b],
  [copyToX],
  [shiftRight, 15],
  [xorWithX],
]

function encode(instructions: readonly Instruction[]): Uint8Array {
  const program = new Uint8Array(instructions.length * instructionBytes)
  for (const [index, [code, constant = 0, ifTrue = 0, ifFalse = 0]] of instructions.entries()) {
    const at = index * instructionBytes
    new Uint16Array(program.buffer, at, 1)[0] = code
    program.set([ifTrue, ifFalse], at + 2)
    new Uint32Array(program.buffer, at + 4, 1)[0] = constant
  }
  return program
}
