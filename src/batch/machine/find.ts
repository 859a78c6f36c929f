/**
 * What became of the programs of a batch that was killed: from the keeper's list if it lives, from what it wrote down, from the
 * programs' own marks, and from the system, which knows each one by what stands in its environment.
 */
import { readFileSync } from 'node:fs'

import { readEntry, type EndRecord, type JournalLine, type ProgramEntry } from '../../process/index.ts'
import { folderVariable, jobVariable } from './launch.ts'
import type { Mark } from './marks.ts'
import { attemptName, attemptOf, type FoundProgram } from './types.ts'

export interface Sources {
  readonly folder: string
  /** Of the keeper that lives; empty when there is none. */
  readonly list: readonly ProgramEntry[]
  readonly journal: readonly JournalLine[]
  readonly marks: readonly Mark[]
}

interface Trace {
  readonly pid: number
  readonly startTicks: number
  readonly keeperId: number | undefined
  readonly end: EndRecord | undefined
}

/** Every attempt that ran, by the best source; oldest first. What could not run at all is left out. */
export function findPrograms({ folder, list, journal, marks }: Sources): FoundProgram[] {
  const traces = new Map<string, Trace>()
  for (const { job, attempt, pid } of marks) {
    const name = attemptName(job, attempt)
    if (pid === 0) traces.delete(name)
    else traces.set(name, { pid, startTicks: 0, keeperId: undefined, end: undefined })
  }
  for (const [name, trace] of journalTraces(journal)) traces.set(name, trace)
  for (const { name, pid, startTicks, id, end } of list) traces.set(name, { pid, startTicks, keeperId: id, end })
  return [...traces].flatMap(([name, trace]) => {
    const attempt = attemptOf(name)
    return attempt === undefined ? [] : [{ ...attempt, ...lifeOf(folder, name, trace) }]
  })
}

/** Numbers begin anew with each keeper, and one may still write when the next has begun: an end belongs to the last start of its pid. */
function journalTraces(journal: readonly JournalLine[]): Map<string, Trace> {
  const traces = new Map<string, Trace>()
  const names = new Map<string, string>()
  for (const line of journal) {
    const program = `${line.id} ${line.pid}`
    if (line.kind === 'start') {
      names.set(program, line.name)
      traces.set(line.name, { pid: line.pid, startTicks: line.startTicks, keeperId: undefined, end: undefined })
      continue
    }
    const name = names.get(program)
    const trace = name === undefined ? undefined : traces.get(name)
    if (name !== undefined && trace?.pid === line.pid) traces.set(name, { ...trace, end: line })
  }
  return traces
}

function lifeOf(folder: string, name: string, trace: Trace): Omit<FoundProgram, 'job' | 'attempt'> {
  const { pid, keeperId, end } = trace
  if (end !== undefined) return { ...trace, alive: false }
  if (keeperId !== undefined) return { ...trace, alive: true }
  const entry = readEntry(pid)
  const runs = entry !== undefined && entry.state !== 'Z' && entry.state !== 'X'
  // One that was started when the keeper was killed and has ended since: its environment is gone, but it is ours to reap.
  const isUnreaped = entry?.state === 'Z' && entry.parentPid === process.pid && entry.sessionId === pid
  if (isUnreaped && trace.startTicks === 0) return { pid, keeperId, end, alive: false, startTicks: entry.startTicks }
  const isOurs = runs && (trace.startTicks === entry.startTicks || nameOf(folder, pid) === name)
  // A start time of 0 was not told: no process of ours begins with the machine.
  const alive = isOurs && (trace.startTicks === 0 || trace.startTicks === entry.startTicks)
  return { pid, keeperId, end, alive, startTicks: alive ? entry.startTicks : trace.startTicks }
}

/** Of which attempt of this batch a process is, by its environment; undefined when of none, or when it may not be read. */
export function nameOf(folder: string, pid: number): string | undefined {
  const variables = environmentOf(pid)
  const find = (name: string): string | undefined =>
    variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
  return find(folderVariable) === folder ? find(jobVariable) : undefined
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}
