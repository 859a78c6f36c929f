// Reads what a server process has used, from /proc.
// Processor time exists twice there: in nanoseconds per living thread, and in
// clock ticks for the process with all threads it ever had. The first is exact
// but forgets threads that ended, so the second corrects it when they differ.

import { readFileSync, readdirSync } from 'node:fs'

const tickNs = 10_000_000
const toleratedTicks = 3

function threadsNs(pid) {
  let totalNs = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      totalNs += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread ended between the listing and the reading.
    }
  }
  return totalNs
}

function ticksNs(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name and may contain spaces, so count from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickNs
}

export function readProcessorTime(pid) {
  return { threadsNs: threadsNs(pid), ticksNs: ticksNs(pid) }
}

export function processorNsBetween(before, after) {
  const byThreads = after.threadsNs - before.threadsNs
  const byTicks = after.ticksNs - before.ticksNs
  return Math.abs(byThreads - byTicks) <= toleratedTicks * tickNs ? byThreads : byTicks
}

export function residentKib(pid) {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found[1])
}

export function openFileCount(pid) {
  return readdirSync(`/proc/${pid}/fd`).length
}
