/** Who this process or thread is, and who started it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { availableParallelism } from 'node:os'

import { fail } from '../core/index.ts'

/** What every process of lanework knows about itself. */
export interface ProcessInfo {
  /** `MainProcess`, or the name its parent gave. */
  readonly name: string
  readonly pid: number
  readonly parentPid: number
  readonly daemon: boolean
}

/** The one that started this one. */
export interface ParentInfo {
  readonly name: string
  readonly pid: number
  /** Asks the kernel. */
  isAlive(): boolean
}

export interface Role {
  readonly info: ProcessInfo
  readonly parent: ParentInfo | undefined
}

let role: Role | undefined
let started = 0

/** This process, or thread with the API of one. */
export function currentProcess(): ProcessInfo {
  return role?.info ?? { name: 'MainProcess', pid: process.pid, parentPid: process.ppid, daemon: false }
}

/** The lanework process that started this one; undefined in the main process. */
export function parentProcess(): ParentInfo | undefined {
  return role?.parent
}

/** CPUs that this process may use. */
export function cpuCount(): number {
  return availableParallelism()
}

/** Said once by the entry of a child. */
export function becomeChild(as: Role): void {
  role = as
}

let making = false

/** Runs a constructor: the process object that it makes stands for this very process. */
export function makeOwnObject<Value>(make: () => Value): Value {
  making = true
  try {
    return make()
  } finally {
    making = false
  }
}

/** Asked by each process object at its making: who it is, if it stands for this process. */
export function ownInfo(): ProcessInfo | undefined {
  if (!making) return undefined
  making = false
  return currentProcess()
}

/** In the main process `Process-1`, `Process-2`...; in its second child `Process-2:1`, and so on. */
export function nextName(kind: string): string {
  started += 1
  const prefix = role === undefined ? kind : `${role.info.name}:`
  return role === undefined ? `${prefix}-${started}` : `${prefix}${started}`
}

/** True in all that the import of a task's module has set going: its own code, and the timers and promises it left. */
const importing = new AsyncLocalStorage<true>()

/** Runs an import that a child makes for its task; modules that start processes by being imported would never end doing so. */
export function duringImport<Value>(load: () => Promise<Value>): Promise<Value> {
  return importing.run(true, load)
}

/** Throws START_DURING_IMPORT to what the import of a task's module has set going in a child. */
export function refuseDuringImport(name: string): void {
  if (role !== undefined && importing.getStore() === true) throw fail('START_DURING_IMPORT', { name })
}
