/** The options of `lanework simulate`. */
import { InvalidArgumentError, type Command } from 'commander'

export interface SimulateFlags {
  readonly policy?: readonly string[]
  readonly quantum?: number
  readonly like?: string
  readonly cpus?: number
  readonly perCpu?: boolean
  readonly switchCost?: number
  readonly degree?: number
  readonly memory?: number
  readonly fit?: string
  readonly protection: boolean
  readonly horizon?: number
  readonly seed?: number
  readonly compare?: boolean
  readonly era?: string
  readonly explain?: boolean
  readonly states?: boolean
  readonly accounts?: boolean
  readonly distribution?: boolean
  readonly step?: boolean
  readonly at?: number
  readonly sweep?: string
  readonly replications?: number
  readonly verify?: boolean
  readonly jobs?: number
  readonly json?: boolean
  readonly svg?: string
  readonly html?: string
  readonly trace?: string
  readonly width?: number
  readonly ascii?: boolean
}

export function addFlags(command: Command): Command {
  return command
    .option('--policy <name>', 'scheduling policy, as rr or rr:quantum=4; several: side by side', collect)
    .option('--quantum <time>', 'length of a slice, for policies that have one', positive)
    .option('--like <book>', 'rules and defaults of a textbook: ostep, stallings, silberschatz, tanenbaum')
    .option('--cpus <n>', 'number of CPUs', whole)
    .option('--per-cpu', 'a queue for each CPU, from which idle CPUs steal')
    .option('--switch-cost <time>', 'what a context switch costs', notNegative)
    .option('--degree <n>', 'jobs in memory at the same time, at most', whole)
    .option('--memory <size>', 'size of memory; jobs wait for theirs', positive)
    .option('--fit <rule>', 'where a job goes in memory: first, best, worst, next, fixed, buddy')
    .option('--no-protection', 'let jobs reach the memory of others')
    .option('--horizon <time>', 'end then, whatever is left', positive)
    .option('--seed <n>', 'seed of policies that draw lots', notNegative)
    .option('--compare', 'all policies that the workload suggests, side by side')
    .option('--era <name>', 'the machine of an era: manual, online-batch, offline-batch, multiprogramming, ...')
    .option('--explain', 'say why, at each decision')
    .option('--states', 'draw the states of each job over time')
    .option('--accounts', 'say who used which resource for how long')
    .option('--distribution', 'draw how turnaround times are distributed')
    .option('--step', 'go through time, moment by moment')
    .option('--at <time>', 'show the machine at that time', notNegative)
    .option('--sweep <what=values>', 'repeat with quantum, switch or load at each value, as quantum=1,2,4,8')
    .option('--replications <n>', 'runs with random numbers of their own, for sweeps and --verify', whole)
    .option('--verify', 'check the simulator against queueing laws, and print the table')
    .option('--jobs <n>', 'jobs in each run of --verify', whole)
    .option('--json', 'one JSON value a line')
    .option('--svg <file>', 'write the Gantt chart')
    .option('--html <file>', 'write a page with sliders, charts and the moving states')
    .option('--trace <file>', "write a trace for Chrome's or Perfetto's viewer")
    .option('--width <columns>', 'width of charts', whole)
    .option('--ascii', 'draw with ASCII alone')
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0) return value
  throw new InvalidArgumentError('It must be a number greater than 0.')
}

function notNegative(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number, 0 or more.')
}

function whole(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}
