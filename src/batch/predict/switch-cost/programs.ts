/**
 * The programs that are measured, as JavaScript for `node -e`: a compiler may not be there. Times are nanoseconds of the
 * monotonic clock, which all processes share.
 */

/** What a ping-pong works on. */
export interface Table {
  readonly hops: number
  /** Bytes that each side walks through before it answers; 0 for none. */
  readonly workingSetBytes: number
}

const opening = `'use strict'
const fs = require('node:fs')
const now = () => Number(process.hrtime.bigint())
const byte = Buffer.alloc(1)
`

/** Reads one element of each cache line. What was never written would all be one page of zeros. */
function walk({ workingSetBytes }: Table): string {
  return `const set = new Uint8Array(${Math.max(1, workingSetBytes)}).fill(1)
let sum = 0
const walk = () => { for (let at = 0; at < ${workingSetBytes}; at += 64) sum += set[at] }
`
}

/** Sends a byte and waits for the answer, so often; writes the nanoseconds of one hop to its output. */
export function pingProgram(there: string, back: string, table: Table): string {
  return `${opening}${walk(table)}
const out = fs.openSync(${JSON.stringify(there)}, 'w')
const into = fs.openSync(${JSON.stringify(back)}, 'r')
const turn = () => { walk(); fs.writeSync(out, byte); fs.readSync(into, byte) }
for (let warm = 0; warm < 200; warm++) turn()
const from = now()
for (let hop = 0; hop < ${table.hops}; hop += 2) turn()
fs.writeSync(1, String((now() - from) / ${table.hops}))
`
}

/** Answers each byte until the other side closes. */
export function pongProgram(there: string, back: string, table: Table): string {
  return `${opening}${walk(table)}
const into = fs.openSync(${JSON.stringify(there)}, 'r')
const out = fs.openSync(${JSON.stringify(back)}, 'w')
while (fs.readSync(into, byte) > 0) { walk(); fs.writeSync(out, byte) }
`
}

/** The same work by one process, which is never switched: it reads what it wrote itself. */
export function aloneProgram(path: string, table: Table): string {
  return `${opening}${walk(table)}
const both = fs.openSync(${JSON.stringify(path)}, 'r+')
const hop = () => { walk(); fs.writeSync(both, byte); fs.readSync(both, byte) }
for (let warm = 0; warm < 200; warm++) hop()
const from = now()
for (let count = 0; count < ${table.hops}; count++) hop()
fs.writeSync(1, String((now() - from) / ${table.hops}))
`
}

/** Shorter breaks are the kernel's own business. */
export const leastBreakNs = 100_000

/**
 * Computes for so long and looks at the clock meanwhile: says `ready`, and at its end when it had the CPU, as [from, to] pairs.
 */
export function spinProgram(forMs: number): string {
  return `${opening}
const ran = []
fs.writeSync(1, 'ready\\n')
let from = now()
let last = from
const end = from + ${forMs} * 1e6
while (last < end) {
  const at = now()
  if (at - last > ${leastBreakNs}) {
    ran.push([from, last])
    from = at
  }
  last = at
}
ran.push([from, last])
fs.writeSync(1, JSON.stringify(ran))
`
}
