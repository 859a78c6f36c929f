/** A program's processes: who they are, who of them wants a CPU, what they used. */
import { loadNative } from '../../native/index.ts'
import { allProcesses, readEntry, readProcess, type ProcessEntry } from '../process-table.ts'

/** One process of a tree. */
export interface TreeEntry {
  /** Which of the roots it descends from, from 0. */
  readonly root: number
  readonly pid: number
  readonly parentPid: number
  readonly groupId: number
  readonly sessionId: number
  /** R running or ready, S sleeping, D waiting for a device, T stopped, Z ended and not reaped. */
  readonly state: string
  readonly startTicks: number
  readonly userTicks: number
  readonly systemTicks: number
  /** Of the children that it has waited for. */
  readonly childUserTicks: number
  readonly childSystemTicks: number
  readonly rssBytes: number
  readonly threads: number
  /** Whether one of its threads runs or could. */
  readonly ready: boolean
  /** CPU time of all its threads, precise; in whole ticks without the addon. */
  readonly cpuMs: number
}

/** What one process used beyond CPU time; undefined where the system does not tell. */
export interface OneUse {
  readonly readBytes: number | undefined
  readonly writtenBytes: number | undefined
  readonly peakRssBytes: number
  readonly voluntarySwitches: number
  readonly involuntarySwitches: number
}

const rowNumbers = 15
/** Processes that are looked at together, at most. */
const roomRows = 4_096
const tickMs = 10
let rows: Float64Array | undefined

/** Whether processes can be watched precisely and cheaply: with the addon. */
export function hasWatch(): boolean {
  return loadNative() !== undefined
}

/**
 * These processes and all their descendants, each once, also where one is a descendant of another; those that are gone are left out.
 * First the roots, then parents before children.
 */
export function processTree(roots: readonly number[]): TreeEntry[] {
  const native = loadNative()
  rows ??= native === undefined ? undefined : new Float64Array(roomRows * rowNumbers)
  if (native === undefined || rows === undefined) return treeByScan(roots)
  const count = native.walkTree(rows, Int32Array.from(roots))
  if (count < 0) return treeByScan(roots)
  const found: TreeEntry[] = []
  for (let row = 0; row < count; row++) {
    const entry = entryOf(rows, row * rowNumbers)
    if (entry !== undefined) found.push(entry)
  }
  return found
}

/** CPU time of each process in milliseconds; -1 for one that is gone. */
export function cpuTimes(pids: readonly number[]): Float64Array {
  const native = loadNative()
  const times = new Float64Array(pids.length)
  if (native === undefined) return times.map((_, index) => cpuOf(readEntry(pids[index] ?? 0)))
  native.cpuTimes(Int32Array.from(pids), times)
  for (let index = 0; index < times.length; index++) {
    const nanoseconds = times[index] ?? -1
    times[index] = nanoseconds < 0 ? -1 : nanoseconds / 1e6
  }
  return times
}

/** Undefined when it is gone. */
export function processUse(pid: number): OneUse | undefined {
  const native = loadNative()
  if (native === undefined) {
    const found = readProcess(pid)
    return found === undefined ? undefined : { ...found, readBytes: undefined, writtenBytes: undefined }
  }
  const use = new Float64Array(5)
  if (native.processUse(pid, use) < 0) return undefined
  const [read = -1, written = -1, peakRssBytes = 0, voluntarySwitches = 0, involuntarySwitches = 0] = use
  return {
    readBytes: read < 0 ? undefined : read,
    writtenBytes: written < 0 ? undefined : written,
    peakRssBytes,
    voluntarySwitches,
    involuntarySwitches,
  }
}

function entryOf(from: Float64Array, at: number): TreeEntry | undefined {
  const number = (index: number): number => from[at + index] as number
  if (number(5) === 0) return undefined
  return {
    root: number(0),
    pid: number(1),
    parentPid: number(2),
    groupId: number(3),
    sessionId: number(4),
    state: String.fromCharCode(number(5)),
    startTicks: number(6),
    userTicks: number(7),
    systemTicks: number(8),
    childUserTicks: number(9),
    childSystemTicks: number(10),
    rssBytes: number(11),
    threads: number(12),
    ready: number(13) === 1,
    cpuMs: Math.max(0, number(14)) / 1e6,
  }
}

function cpuOf(entry: ProcessEntry | undefined): number {
  return entry === undefined ? -1 : (entry.userTicks + entry.systemTicks) * tickMs
}

/** By reading the whole table: dearer, and CPU times of children that ended are left out. */
function treeByScan(roots: readonly number[]): TreeEntry[] {
  const all = allProcesses()
  const found: TreeEntry[] = []
  const seen = new Set(roots)
  const visit = (entry: ProcessEntry, root: number): void => {
    const rssBytes = readProcess(entry.pid)?.rssBytes ?? 0
    const ready = entry.state === 'R'
    found.push({ ...entry, root, childUserTicks: 0, childSystemTicks: 0, rssBytes, ready, cpuMs: cpuOf(entry) })
  }
  roots.forEach((pid, root) => {
    const entry = all.find((each) => each.pid === pid)
    if (entry !== undefined && roots.indexOf(pid) === root) visit(entry, root)
  })
  for (const { pid, root } of found) {
    for (const child of all) {
      if (child.parentPid !== pid || seen.has(child.pid)) continue
      seen.add(child.pid)
      visit(child, root)
    }
  }
  return found
}
