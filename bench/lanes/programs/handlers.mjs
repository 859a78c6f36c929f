// What every server of this benchmark does with a line, whoever runs it: BENCH_HANDLER says which. All work in place.

import { upperAscii } from '../../../dist/services/echo/index.js'

const fillerAt = 17
const fillerDigits = 14
const stamp = Buffer.from(process.pid.toString(16).toUpperCase().padStart(fillerDigits, '0'))

/** A copy to work on: the same kind of array whoever brings the line. */
const scratch = new Uint8Array(64)

/** Some tens of microseconds of work that nobody can leave out. */
function digest(length) {
  let hash = 2_166_136_261
  for (let round = 0; round < 1_000; round++) {
    for (let index = 0; index < length; index++) hash = Math.imul(hash ^ scratch[index], 16_777_619)
  }
  return hash
}

/** Where results go, so that the work is not optimised away. */
const sink = new Int32Array(1)
const handlers = {
  upper: upperAscii,
  /** Says which process has answered. */
  stamp(line) {
    upperAscii(line)
    stamp.copy(line, fillerAt)
    return line
  },
  work(line) {
    scratch.set(line)
    sink[0] ^= digest(line.length)
    return upperAscii(line)
  },
}

// Compiled before the first message: otherwise it is chance which of two versions of the code a lane ends up with.
for (let round = 0; round < 300; round++) handlers.work(Buffer.alloc(31 + (round & 1)))

export const handle = handlers[process.env.BENCH_HANDLER ?? 'upper']
if (handle === undefined) throw new Error(`BENCH_HANDLER is one of ${Object.keys(handlers).join(', ')}`)
