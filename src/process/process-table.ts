/** The kernel's table of processes, read from /proc: who is whose child, since when, and what it uses. See proc(5). */
import { readdirSync, readFileSync } from 'node:fs'

/** One process, as it was when it was read. Ticks are hundredths of a second on Linux. */
export interface ProcessEntry {
  readonly pid: number
  readonly parentPid: number
  readonly groupId: number
  readonly sessionId: number
  /** R running or ready, S sleeping, D waiting for a device, T stopped, Z ended and not reaped, ... */
  readonly state: string
  /** Since boot; with the pid it names one process for ever, as pids are used again. */
  readonly startTicks: number
  readonly userTicks: number
  readonly systemTicks: number
  readonly minorFaults: number
  readonly majorFaults: number
  readonly nice: number
  readonly threads: number
  /** The CPU that it last ran on. */
  readonly cpu: number
}

/** What /proc/PID/status adds. */
export interface ProcessUse {
  readonly rssBytes: number
  readonly peakRssBytes: number
  readonly voluntarySwitches: number
  readonly involuntarySwitches: number
}

/** One process with all that is known of it; undefined when there is none, or the system has no /proc. */
export function readProcess(pid: number): (ProcessEntry & ProcessUse) | undefined {
  const entry = readEntry(pid)
  const use = entry === undefined ? undefined : readUse(pid)
  return entry === undefined || use === undefined ? undefined : { ...entry, ...use }
}

/** The cheaper half: one file. */
export function readEntry(pid: number): ProcessEntry | undefined {
  const text = readText(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name in parentheses may hold anything, blanks and parentheses included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (field: number): number => Number(fields[field - 3])
  return {
    pid,
    parentPid: number(4),
    groupId: number(5),
    sessionId: number(6),
    state: fields[0] ?? '?',
    startTicks: number(22),
    userTicks: number(14),
    systemTicks: number(15),
    minorFaults: number(10),
    majorFaults: number(12),
    nice: number(19),
    threads: number(20),
    cpu: number(39),
  }
}

/**
 * True while the process that started then runs: not when it is a zombie, or another has its pid. Where its entry cannot be read
 * (no descriptor is left, /proc hides it), whoever has its pid is taken for it.
 */
export function isSameProcess(pid: number, startTicks: number): boolean {
  const entry = readEntry(pid)
  return entry === undefined ? takesSignals(pid) : entry.startTicks === startTicks && !hasEnded(entry)
}

/** True while a process runs under that pid, whichever; where it matters which, `isSameProcess` tells. */
export function isProcessAlive(pid: number): boolean {
  const entry = readEntry(pid)
  return entry === undefined ? takesSignals(pid) : !hasEnded(entry)
}

function hasEnded({ state }: ProcessEntry): boolean {
  return state === 'Z' || state === 'X'
}

/** Every process that can be seen. */
export function allProcesses(): ProcessEntry[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readEntry(Number(name)))
    .filter((entry) => entry !== undefined)
}

/** Children, their children and so on, parents first; `all` is the table, when it has been read already. */
export function descendants(pid: number, all: readonly ProcessEntry[] = allProcesses()): ProcessEntry[] {
  const byParent = new Map<number, ProcessEntry[]>()
  for (const entry of all) {
    const siblings = byParent.get(entry.parentPid)
    if (siblings === undefined) byParent.set(entry.parentPid, [entry])
    else siblings.push(entry)
  }
  const found: ProcessEntry[] = []
  const visit = (parent: number): void => {
    for (const child of byParent.get(parent) ?? []) {
      found.push(child)
      visit(child.pid)
    }
  }
  visit(pid)
  return found
}

function readUse(pid: number): ProcessUse | undefined {
  const text = readText(`/proc/${pid}/status`)
  if (text === undefined) return undefined
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return {
    rssBytes: field('VmRSS') * 1024,
    peakRssBytes: field('VmHWM') * 1024,
    voluntarySwitches: field('voluntary_ctxt_switches'),
    involuntarySwitches: field('nonvoluntary_ctxt_switches'),
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined // It ended, or never was.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function takesSignals(pid: number): boolean {
  try {
    // 0 and below mean groups.
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
