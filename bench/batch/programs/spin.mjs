// What spin.c does, where there is no compiler. Its start takes some 40 ms of
// CPU time of its own, and collections of garbage are breaks.

import { writeSync } from 'node:fs'

const [kind, ms] = process.argv.slice(2)
const wanted = Number(ms) * 1e6
const now = () => Number(process.hrtime.bigint())
const used = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1_000
}
const ran = []
const begin = now()
let from = begin
let last = begin
for (let turn = 0; ; turn += 1) {
  const at = now()
  if (at - last > 100_000) {
    ran.push(`${from} ${last}`)
    from = at
  }
  last = at
  if (kind === 'cpu' ? turn % 1_000 === 0 && used() >= wanted : at - begin >= wanted) break
}
ran.push(`${from} ${last}`)
writeSync(1, `${ran.join('\n')}\n`)
