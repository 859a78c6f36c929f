// What every server of this benchmark does with a line, whoever runs it: BENCH_HANDLER says which. All work in place.

import { createHash } from 'node:crypto'
import { upperAscii } from '../../../dist/services/echo/index.js'

const fillerAt = 17
const fillerDigits = 14
const stamp = Buffer.from(process.pid.toString(16).toUpperCase().padStart(fillerDigits, '0'))

/** What is hashed for each line: some tens of microseconds that do not depend on how V8 has compiled a loop. */
const block = Buffer.alloc(64 * 1_024, 7)

const handlers = {
  upper: upperAscii,
  /** Says which process has answered. */
  stamp(line) {
    upperAscii(line)
    stamp.copy(line, fillerAt)
    return line
  },
  work(line) {
    block.set(line)
    createHash('sha1').update(block).digest()
    return upperAscii(line)
  },
}

export const handle = handlers[process.env.BENCH_HANDLER ?? 'upper']
if (handle === undefined) throw new Error(`BENCH_HANDLER is one of ${Object.keys(handlers).join(', ')}`)
