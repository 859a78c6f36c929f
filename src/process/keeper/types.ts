/** What owner and keeper tell each other about programs. */

/** Where one of a program's three standard streams leads. */
export type StreamPlan =
  | { readonly kind: 'ignore' }
  /** The owner's own. */
  | { readonly kind: 'inherit' }
  | { readonly kind: 'pipe' }
  | { readonly kind: 'file'; readonly path: string; readonly append: boolean; readonly limit?: LogBound | undefined }

/** How much of an output file stays on the disk: what is longer is moved to `.1` (that to `.2`, ...), and `.cut` tells how much. */
export interface LogBound {
  readonly bytes: number
  /** Older files that are kept, 0 for none. */
  readonly keep: number
}

/** One process for ever, as pids are used again. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTicks: number
}

/** A program that no keeper has any more, with what belongs to it outside its group. */
export interface OrphanedProgram extends ProcessIdentity {
  readonly strays: readonly ProcessIdentity[]
}

/** One of many signals that go out at once. */
export interface GroupSignal {
  /** Of the program in the keeper's list; all of its group are meant. */
  readonly id: number
  readonly signal: NodeJS.Signals
  /** Where all its threads are moved before the signal. */
  readonly cpus?: readonly number[] | undefined
}

/** All that the keeper must know to start a program. */
export interface ProgramPlan {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly streams: readonly [StreamPlan, StreamPlan, StreamPlan]
  /** Names the parcel of descriptors that the owner sent ahead: one for each `inherit` and `pipe`. */
  readonly parcel: number
  readonly name: string
  readonly group: boolean
  /** Its owner's death; else it is ended then. In a session of its own it survives the keeper's in any case. */
  readonly survives: boolean
  readonly graceMs: number
  readonly nice?: number | undefined
  /** @default the keeper's */
  readonly umask?: number | undefined
  /** Its soft limit of open files, up to the hard one. With the addon. @default the keeper's, which Node has raised */
  readonly openFiles?: number | undefined
  readonly affinity?: readonly number[] | undefined
  /**
   * Puts it into a session of its own: then nobody but who stops it touches it, as the kernel sends SIGHUP to stopped groups whose
   * parent in the same session dies. It is not left stopped if the keeper is killed: its main process is continued by the kernel,
   * all of it by the keeper's guard if no owner lives either. Without the addon all are.
   */
  readonly session?: boolean | undefined
  /** A line `TEXT PID;` that it leaves in the file at `path` right before it runs; `TEXT 0;` when it could not. With the addon. */
  readonly mark?: { readonly path: string; readonly text: string } | undefined
  /** Folder of a control group that it enters before it runs. With the addon. */
  readonly controlGroup?: string | undefined
  /** From its start to its end, stopped or not: the keeper ends it then while it has no owner, who does it else. @default no limit */
  readonly timeLimitMs?: number | undefined
  /** Its owner watches its memory, the keeper need not. */
  readonly watched?: boolean | undefined
}

/** A program in the keeper's list. */
export interface ProgramEntry {
  /** 1, 2, ... in the order of starting. */
  readonly id: number
  readonly name: string
  /** Its first 4,096 characters, and 256 once it has ended; what is cut ends with `…`. */
  readonly argv: readonly string[]
  readonly pid: number
  /** With the pid it names one process for ever; 0 where the system does not tell. */
  readonly startTicks: number
  readonly sessionId: number
  readonly group: boolean
  readonly survives: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Undefined while it runs. */
  readonly end: EndRecord | undefined
}

/** What a program used, itself and those of its children that it waited for. */
export interface ResourceUse {
  readonly userMs: number
  readonly systemMs: number
  /**
   * Its largest resident memory. The kernel counts what stood before exec too, so what stayed below the keeper's own size
   * is seen only by samples (every half second), and undefined for a program that ended before one.
   */
  readonly maxRssBytes: number | undefined
  readonly minorFaults: number
  readonly majorFaults: number
  readonly voluntarySwitches: number
  readonly involuntarySwitches: number
  /** Blocks of 512 bytes read from and written to devices. */
  readonly blockInput: number
  readonly blockOutput: number
}

/** How a program ended. */
export interface EndRecord {
  readonly id: number
  readonly pid: number
  /** Its exit code, or the negative number of the signal that ended it. */
  readonly exitCode: number
  /** The signal that ended it, `SIGTERM`. */
  readonly signal: string | undefined
  /** Undefined without the addon. */
  readonly resources: ResourceUse | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** The keeper ended it, as it was over its time limit and nobody owned it. */
  readonly isOverTime?: true | undefined
}
