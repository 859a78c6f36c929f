/** The CPUs that this process may use, by their numbers on the machine. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** From `Cpus_allowed_list` of proc_pid_status(5); elsewhere as many as there are. */
export function usableCpus(): readonly number[] {
  return allowedCpus() ?? Array.from({ length: availableParallelism() }, (_, cpu) => cpu)
}

function allowedCpus(): readonly number[] | undefined {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return list === undefined ? undefined : cpuList(list)
  } catch {
    return undefined
  }
}

/** Numbers in a list: more CPUs no machine has, and each may come only once. */
const mostCpus = 65_536

/** `0-2,5` as numbers; undefined for what is no such list, or a longer one. */
export function cpuList(text: string): readonly number[] | undefined {
  const numbers: number[] = []
  for (const part of text.split(',')) {
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? []
    if (from === undefined || Number(to) < Number(from)) return undefined
    if (numbers.length + Number(to) - Number(from) >= mostCpus) return undefined
    for (let cpu = Number(from); cpu <= Number(to); cpu++) numbers.push(cpu)
  }
  return numbers
}
