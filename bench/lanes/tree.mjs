// What a server with all its processes has used, from /proc. A process that has ended is in its parent's account once the
// parent has waited for it, so killed lanes are not forgotten.

import { readdirSync, readFileSync } from 'node:fs'

const tickMs = 10

/** Fields of /proc/PID/stat after the name, which may contain spaces; undefined when the process has ended. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** A process and all that descend from it. */
export function treeOf(root) {
  const children = new Map()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? statOf(pid)?.[1] : undefined
    if (parent !== undefined) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), pid])
  }
  const found = [root]
  for (let index = 0; index < found.length; index++) found.push(...(children.get(found[index]) ?? []))
  return found
}

/** Processor time of the tree so far, user and system, in seconds. */
export function processorSeconds(root) {
  let ticks = 0
  for (const pid of treeOf(root)) {
    const fields = statOf(pid)
    if (fields) ticks += [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
  }
  return (ticks * tickMs) / 1_000
}

/** Memory, descriptors and mappings of one process; undefined when it has ended. */
export function usageOf(pid) {
  try {
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (resident === null) return undefined
    const mappings = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').length - 1
    return { pid, residentKib: Number(resident[1]), descriptors: readdirSync(`/proc/${pid}/fd`).length, mappings }
  } catch {
    return undefined
  }
}

export function isAlive(pid) {
  const fields = statOf(pid)
  return fields !== undefined && fields[0] !== 'Z'
}
