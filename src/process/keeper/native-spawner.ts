/** Children by the addon: vfork and exec, wait4 with the use of resources. */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

import { errnoName, type Native } from '../../native/index.ts'
import { readProcess } from '../process-table.ts'
import { startError, type Outcome, type Spawned, type Spawner } from './spawner.ts'
import type { ProgramPlan, StreamPlan } from './types.ts'

const flags = { inGroup: 1, diesWithParent: 2, ignoresHangup: 4, hasNice: 8, inSession: 16 } as const
/** By the numbers of native/program.c. */
const steps = [
  'fork',
  'setpgid',
  'prctl',
  'nice',
  'affinity',
  'chdir',
  'descriptors',
  'exec',
  'control group',
  'mark',
  'open files',
] as const
const stepSetting = 5
const samplePeriodMs = 500

export class NativeSpawner implements Spawner {
  onEnd: (pid: number, outcome: Outcome) => void = () => {}
  readonly #native: Native
  readonly #outcome = new Float64Array(11)
  /** The largest memory seen by samples, of those that run. */
  readonly #peaks = new Map<number, number>()
  /** Those whose memory somebody else samples. */
  readonly #watched = new Set<number>()
  /** What wait4 says at least, as the child stands in our memory until exec. */
  #floorBytes = 0
  #sampling: NodeJS.Timeout | undefined

  constructor(native: Native) {
    this.#native = native
    native.becomeSubreaper()
    process.on('SIGCHLD', () => this.#reap())
    native.quietStops()
  }

  ownerGone(): void {} // Its streams come with each program, and are not kept.

  async start(plan: ProgramPlan, descriptors: readonly number[]): Promise<Spawned> {
    const opened: number[] = []
    const given = [...descriptors]
    try {
      const fds = plan.streams.map((stream, index) => {
        if (stream.kind === 'pipe' || stream.kind === 'inherit') return given.shift() ?? -1
        const fd = openStream(plan, stream, index)
        opened.push(fd)
        return fd
      })
      const { mark, controlGroup } = plan
      const marks = mark === undefined ? -1 : openFile(plan, 'mark', mark.path, 'a')
      if (marks >= 0) opened.push(marks)
      const group =
        controlGroup === undefined ? -1 : openFile(plan, 'control group', join(controlGroup, 'cgroup.procs'), 'a')
      if (group >= 0) opened.push(group)
      return { pid: this.#spawn(plan, fds, marks, group) }
    } finally {
      for (const fd of opened) closeSync(fd)
    }
  }

  #spawn(plan: ProgramPlan, fds: readonly number[], marks: number, controlGroup: number): number {
    const wanted =
      flags.inGroup |
      (plan.survives || plan.session === true ? flags.ignoresHangup : flags.diesWithParent) |
      (plan.session === true ? flags.inSession : 0) |
      (plan.nice === undefined ? 0 : flags.hasNice)
    const given = [
      ...fds,
      wanted,
      plan.nice ?? 0,
      0,
      marks,
      controlGroup,
      plan.umask ?? -1,
      plan.openFiles ?? -1,
      ...(plan.affinity ?? []),
    ]
    const settings = Int32Array.from(given)
    const environment = Object.entries(plan.env).map(([name, value]) => `${name}=${value}`)
    const mark = plan.mark?.text ?? ''
    const pid = this.#native.spawnProgram(candidates(plan), plan.argv, environment, plan.cwd, settings, mark)
    if (pid < 0) throw startError(plan, steps[settings[stepSetting] as number] ?? 'fork', errnoName(pid))
    this.#floorBytes = process.resourceUsage().maxRSS * 1024
    this.#peaks.set(pid, 0)
    if (plan.watched === true) this.#watched.add(pid)
    else this.#sampling ??= setInterval(() => this.#sample(), samplePeriodMs)
    return pid
  }

  #sample(): void {
    const sampled = [...this.#peaks.keys()].filter((pid) => !this.#watched.has(pid))
    for (const pid of sampled) this.#peaks.set(pid, readProcess(pid)?.peakRssBytes ?? 0)
    if (sampled.length > 0) return
    clearInterval(this.#sampling)
    this.#sampling = undefined
  }

  #reap(): void {
    for (;;) {
      const pid = this.#native.reapProgram(-1, this.#outcome)
      if (pid <= 0) return
      const peak = this.#peaks.get(pid)
      this.#peaks.delete(pid)
      this.#watched.delete(pid)
      // Others are orphans of programs: reaped, and nobody asks for them.
      if (peak !== undefined) this.onEnd(pid, this.#outcomeOf(peak))
    }
  }

  #outcomeOf(peak: number): Outcome {
    const [code, signal, userMs, systemMs, maxRss, ...counts] = [...this.#outcome]
    const [minorFaults, majorFaults, voluntarySwitches, involuntarySwitches, blockInput, blockOutput] = counts
    const sampled = peak > 0 ? peak : undefined
    return {
      exitCode: signal === 0 ? (code ?? 0) : -(signal ?? 0),
      resources: {
        userMs: userMs ?? 0,
        systemMs: systemMs ?? 0,
        maxRssBytes: (maxRss ?? 0) > this.#floorBytes ? maxRss : sampled,
        minorFaults: minorFaults ?? 0,
        majorFaults: majorFaults ?? 0,
        voluntarySwitches: voluntarySwitches ?? 0,
        involuntarySwitches: involuntarySwitches ?? 0,
        blockInput: blockInput ?? 0,
        blockOutput: blockOutput ?? 0,
      },
    }
  }
}

/** Where the program may be, as execvp(3) looks for it. */
function candidates({ argv, env }: ProgramPlan): string[] {
  const name = argv[0] ?? ''
  if (name.includes('/')) return [name]
  const path = env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  return path.split(':').map((folder) => join(folder === '' ? '.' : folder, name))
}

function openStream(plan: ProgramPlan, stream: StreamPlan, index: number): number {
  if (stream.kind !== 'file') return openSync('/dev/null', index === 0 ? 'r' : 'w')
  return openFile(plan, `open ${stream.path}`, stream.path, index === 0 ? 'r' : stream.append ? 'a' : 'w')
}

function openFile(plan: ProgramPlan, step: string, path: string, flag: 'r' | 'a' | 'w'): number {
  try {
    return openSync(path, flag)
  } catch (error) {
    throw startError(plan, step, (error as { code?: string }).code ?? 'unknown')
  }
}
