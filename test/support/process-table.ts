/** What the kernel says of processes, read from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** A process for ever, as pids are used again. */
export interface Identity {
  readonly pid: number
  readonly startTicks: string
}

/** Undefined when there is none; a zombie counts as gone. */
export function identify(pid: number): Identity | undefined {
  const fields = statOf(pid)
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X'
    ? undefined
    : { pid, startTicks: fields[19] ?? '' }
}

export function lives({ pid, startTicks }: Identity): boolean {
  return identify(pid)?.startTicks === startTicks
}

/** From the state on; see proc(5). */
export function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** Children of a process, zombies included; with `last`, only those whose command line ends so. */
export function childrenOf(parent: number, last?: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && Number(statOf(pid)?.[1]) === parent)
    .filter((pid) => last === undefined || commandOf(pid).at(-1) === last)
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
