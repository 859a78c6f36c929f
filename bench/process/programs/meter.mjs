// What every measured program shares: its options, the processor time of its
// whole tree of processes, and timed phases.

import { readFileSync, readdirSync } from 'node:fs'

const tickNs = 10_000_000

/** Options as written on the command line: `--seconds 1 --kind fork-json`. */
export function readWords() {
  const values = {}
  for (let index = 2; index < process.argv.length; index += 2) {
    values[process.argv[index].slice(2)] = process.argv[index + 1]
  }
  return { ...values, seconds: Number(values.seconds ?? 1), warmUpSeconds: Number(values['warm-up'] ?? 0.2) }
}

function statFields(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** A process for ever, as pids are used again: `PID.TICKS`, with its start since boot. */
export function identityOf(pid) {
  return `${pid}.${statFields(pid)?.[19]}`
}

/** Process ids of this process and everything below it. */
export function familyOf(ancestor = process.pid) {
  const children = new Map()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? statFields(name)?.[1] : undefined
    if (parent !== undefined) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)])
  }
  const family = [ancestor]
  for (const pid of family) family.push(...(children.get(pid) ?? []))
  return family
}

/** User and system time of the family, with that of children already waited for. */
export function familyProcessorNs() {
  let ticks = 0
  for (const pid of familyOf()) {
    const fields = statFields(pid)
    if (fields) ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  }
  return ticks * tickNs
}

/** Runs `phase(seconds)`, which returns its number of operations: once to warm up, once measured. */
export async function measurePhase(phase, { seconds, warmUpSeconds }) {
  await phase(warmUpSeconds)
  const processorBefore = familyProcessorNs()
  const startedMs = performance.now()
  const operations = await phase(seconds)
  const elapsedMs = performance.now() - startedMs
  const processorNs = familyProcessorNs() - processorBefore
  return { perSecond: (operations * 1_000) / elapsedMs, processorUs: processorNs / 1_000 / operations }
}

export function report(result) {
  console.log(JSON.stringify(result))
}

export function middle(values) {
  return values.toSorted((left, right) => left - right)[values.length >> 1]
}
