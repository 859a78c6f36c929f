/** A run as an SVG picture: who had which CPU, or the states of each job. */
import {
  type AccountLine,
  ganttSvg,
  type JobResult,
  type Simulation,
  type SimulationRecord,
  statesSvg,
  type Theme,
} from '../../schedule/index.ts'
import { simulationOf } from '../predict/simulation-of.ts'
import type { RunRecord } from '../types.ts'
import { policyText } from './words.ts'

export interface PictureOptions {
  /** Who had which CPU, or a row for each job with its states. @default 'gantt' */
  readonly kind?: 'gantt' | 'states' | undefined
  /** @default 'auto', as the reader prefers */
  readonly theme?: Theme | undefined
  /** In pixels, 240 or more. @default 960 */
  readonly width?: number | undefined
  /** First and last instant, in ms of the run. @default all of it, without the time before the first step if that was long */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** @default the policy */
  readonly title?: string | undefined
}

/** No picture is longer. */
const bytesMost = 300_000
const barsMost = 1_600
/** Rows of states; of further jobs the title says how many there are. */
const rowsMost = 60

/**
 * Draws a run, times in seconds. However many slices there were, the picture has less than 300 KB: what is too short for its
 * columns is drawn as several. Throws OPTION_INVALID.
 *
 * @example writeFileSync('run.svg', recordSvg(await batch.record(), { kind: 'states' }))
 */
export function recordSvg(record: RunRecord, options: PictureOptions = {}): string {
  const { kind = 'gantt', theme, width } = options
  const jobs = record.jobs.length
  const shown = kind === 'states' && jobs > rowsMost ? firstJobs(record, rowsMost) : record
  const simulation = inSeconds(simulationOf(shown))
  const what = kind === 'gantt' ? 'who had which CPU, in seconds' : 'the states of each job, in seconds'
  const more = shown === record ? '' : ` (the first ${rowsMost} of ${jobs} jobs)`
  const title = options.title ?? `${policiesText(record)}: ${what}${more}`
  const place = {
    from: (options.from ?? beginOf(record)) / 1_000,
    to: options.to === undefined ? undefined : options.to / 1_000,
  }
  const draw = kind === 'gantt' ? ganttSvg : statesSvg
  for (let bars = barsMost; ;) {
    const svg = draw(simulation, { theme, width, title, ...place, bars: Math.ceil(bars) })
    const size = new TextEncoder().encode(svg).length
    if (size < bytesMost || bars < 2) return svg
    bars *= Math.min(0.8, (bytesMost / size) * 0.9)
  }
}

/** A batch that waited long for its first job, or dropped its first steps, is drawn from the first that is there. */
function beginOf({ steps, until }: RunRecord): number {
  const first = steps[0]?.at ?? 0
  return first > until / 20 ? first : 0
}

/** Every policy under which it ran. */
export function policiesText({ policies }: RunRecord): string {
  const texts = policies.map(({ choice }) => policyText(choice))
  const changes = texts.filter((text, index) => text !== texts[index - 1])
  return changes.length > 3 ? `${changes[0]}, then ${changes.length - 1} others` : changes.join('; then ')
}

function firstJobs(record: RunRecord, count: number): RunRecord {
  const jobs = record.jobs.toSorted((a, b) => a.id - b.id).slice(0, count)
  const kept = new Set(jobs.map(({ id }) => id))
  return { ...record, jobs, steps: record.steps.filter(({ job }) => kept.has(job)) }
}

/** The same simulation with seconds in place of milliseconds; whole microseconds, so that sums stay readable. */
export function inSeconds(simulation: Simulation): Simulation {
  const { jobs, system, accounts, record } = simulation
  return {
    jobs: jobs.map(jobInSeconds),
    system: {
      ...system,
      makespan: seconds(system.makespan),
      useful: seconds(system.useful),
      switching: seconds(system.switching),
      idle: seconds(system.idle),
      throughput: system.throughput * 1_000,
      longestWait: { ...system.longestWait, time: seconds(system.longestWait.time) },
      average: {
        ...system.average,
        turnaround: seconds(system.average.turnaround),
        waiting: seconds(system.average.waiting),
        response: seconds(system.average.response),
      },
    },
    accounts: accounts.map(lineInSeconds),
    record: record === undefined ? undefined : recordInSeconds(record),
  }
}

function seconds<Time extends number | undefined>(ms: Time): Time {
  return (ms === undefined ? undefined : Math.round(ms * 1_000) / 1_000_000) as Time
}

function lineInSeconds(line: AccountLine): AccountLine {
  return { ...line, used: seconds(line.used) }
}

function jobInSeconds(job: JobResult): JobResult {
  const { arrival, start, finish, turnaround, waiting, response, cpu, blocked, waitedForMemory } = job
  return {
    ...job,
    arrival: seconds(arrival),
    start: seconds(start),
    finish: seconds(finish),
    turnaround: seconds(turnaround),
    waiting: seconds(waiting),
    response: seconds(response),
    cpu: seconds(cpu),
    blocked: seconds(blocked),
    waitedForMemory: seconds(waitedForMemory),
  }
}

function recordInSeconds(record: SimulationRecord): SimulationRecord {
  const at = <Item extends { readonly at: number }>(item: Item): Item => ({ ...item, at: seconds(item.at) })
  const span = <Item extends { readonly from: number; readonly to: number }>(item: Item): Item => ({
    ...item,
    from: seconds(item.from),
    to: seconds(item.to),
  })
  return {
    transitions: record.transitions.map(at),
    cpu: record.cpu.map(span),
    devices: record.devices.map(span),
    memory: record.memory.map(span),
    decisions: record.decisions.map(at),
    controlBlocks: record.controlBlocks.map((block) => ({
      ...at(block),
      remaining: seconds(block.remaining),
      cpuUsed: seconds(block.cpuUsed),
    })),
    strayAccesses: record.strayAccesses.map(at),
  }
}
