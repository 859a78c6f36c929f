/** The children as the rules see them, in order of start. */
import type { ChildSettings } from './settings.ts'
import type { ChildState, ChildStatus } from './types.ts'

export interface Child {
  readonly settings: ChildSettings
  state: ChildState
  /** It should run. */
  wanted: boolean
  /** It runs or starts, and has to end first: it stops for good, or it is restarted because of another one. */
  mustEnd: boolean
  /** Its back-off is not over. */
  delayed: boolean
  /** Somebody (a caller, or the start of the supervisor) waits for this start: if it fails, that is theirs to know. */
  proving: 'supervisor' | 'caller' | undefined
  /** Restarts since it last ran for long. */
  attempts: number
  startedAtMs: number
  runs: number
  restarts: number
  lastReason: unknown
}

export function newChild(settings: ChildSettings, proving: 'supervisor' | 'caller'): Child {
  return {
    settings,
    state: 'waiting',
    wanted: true,
    mustEnd: false,
    delayed: false,
    proving,
    attempts: 0,
    startedAtMs: 0,
    runs: 0,
    restarts: 0,
    lastReason: undefined,
  }
}

/** Something of it may run. */
export function isOccupied(child: Child): boolean {
  return child.state === 'starting' || child.state === 'running' || child.state === 'stopping'
}

export function statusOf({ settings, state, runs, restarts, lastReason }: Child): ChildStatus {
  const { id, restart, significant } = settings
  return { id, state, restart, significant, runs, restarts, lastReason }
}
