/** Makes results out of what the simulation booked. */
import type { AccountLine, Averages, JobResult, Simulation, SimulationRecord, SystemResult } from './simulation.ts'
import type { Rules } from './spec.ts'
import type { Machine } from './state.ts'
import { done, ends, type JobTable } from './table.ts'

/** What results are made of: a machine after a simulation, or what was seen of a real one. */
export interface Booked extends Pick<
  Machine,
  | 'table'
  | 'now'
  | 'useful'
  | 'switching'
  | 'switches'
  | 'preemptions'
  | 'longestWait'
  | 'longestWaiter'
  | 'events'
  | 'memoryUsed'
> {
  readonly policy: { readonly name: string }
  readonly cpus: { readonly length: number }
  readonly rules: Pick<Rules, 'from'>
  readonly devices: ReadonlyMap<string, { readonly name: string; readonly used: ReadonlyMap<number, number> }>
  readonly record: SimulationRecord | undefined
}

/** Jobs and accounts are made when somebody asks for them, as a million of them fill a memory. */
export function resultsOf(machine: Booked): Simulation {
  let jobs: readonly JobResult[] | undefined
  let accounts: readonly AccountLine[] | undefined
  return {
    get jobs() {
      jobs ??= Array.from({ length: machine.table.size }, (_, row) => jobResult(machine.table, row, machine.now))
      return jobs
    },
    system: systemResult(machine),
    get accounts() {
      accounts ??= accountsOf(machine)
      return accounts
    },
    record: machine.record,
  }
}

function jobResult(table: JobTable, row: number, now: number): JobResult {
  const arrival = table.arrival[row] as number
  const finish = known(table.finish[row])
  const turnaround = finish === undefined ? undefined : finish - arrival
  const deadline = table.deadline[row] as number
  return {
    name: table.names[row] as string,
    owner: table.owners[row] as string,
    arrival,
    start: known(table.start[row]),
    finish,
    turnaround,
    waiting: table.waiting[row] as number,
    response: known(table.response[row]),
    slowdown: known(slowdownOf(table, row)),
    cpu: table.cpu[row] as number,
    blocked: table.blocked[row] as number,
    waitedForMemory: table.forMemory[row] as number,
    switches: table.switches[row] as number,
    preemptions: table.preemptions[row] as number,
    missedDeadline: finish === undefined ? deadline <= now : finish > deadline,
    end: ends[table.end[row] as number] as JobResult['end'],
  }
}

/** NaN for a job that is not done; 1 for one that takes no time and got none. */
function slowdownOf(table: JobTable, row: number): number {
  if (table.end[row] !== done) return NaN
  const turnaround = (table.finish[row] as number) - (table.arrival[row] as number)
  const alone = table.alone[row] as number
  return alone === 0 && turnaround === 0 ? 1 : turnaround / alone
}

function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value
}

function systemResult(machine: Booked): SystemResult {
  const { table, useful, switching, now: makespan, policy, rules } = machine
  const cpus = machine.cpus.length
  const capacity = makespan * cpus
  const begin = rules.from === 'zero' ? 0 : Math.min(makespan, firstArrival(table))
  const inSight = (makespan - begin) * cpus
  const { finished, average } = averages(table)
  return {
    policy: policy.name,
    cpus,
    makespan,
    useful,
    switching,
    idle: Math.max(0, capacity - useful - switching),
    utilization: inSight === 0 ? 0 : useful / inSight,
    throughput: makespan === 0 ? 0 : finished / makespan,
    switches: machine.switches,
    preemptions: machine.preemptions,
    fairness: fairnessOf(table, makespan),
    longestWait: { job: machine.longestWaiter, time: machine.longestWait },
    average,
    events: machine.events,
  }
}

function firstArrival(table: JobTable): number {
  return table.size === 0 ? 0 : (table.arrival[0] as number)
}

/** Over the jobs that are done; NaN without any. */
function averages(table: JobTable): { finished: number; average: Averages } {
  let [finished, turnaround, waiting, response, slowdown] = [0, 0, 0, 0, 0]
  for (let row = 0; row < table.size; row++) {
    if (table.end[row] !== done) continue
    finished++
    turnaround += (table.finish[row] as number) - (table.arrival[row] as number)
    waiting += table.waiting[row] as number
    response += known(table.response[row]) ?? 0
    slowdown += slowdownOf(table, row)
  }
  return {
    finished,
    average: {
      turnaround: turnaround / finished,
      waiting: waiting / finished,
      response: response / finished,
      slowdown: slowdown / finished,
    },
  }
}

/**
 * Jain, Chiu and Hawe, DEC-TR-301, 1984, over the speed of each job: the part of its own pace at which it got on. Of a job
 * that is not done, that is the CPU time it got for each unit of time since its arrival.
 */
function fairnessOf(table: JobTable, now: number): number {
  let [count, shares, squares] = [0, 0, 0]
  for (let row = 0; row < table.size; row++) {
    const since = now - (table.arrival[row] as number)
    const isDone = table.end[row] === done
    if (!isDone && since <= 0) continue
    const share = isDone ? 1 / slowdownOf(table, row) : (table.cpu[row] as number) / since
    count++
    shares += share
    squares += share * share
  }
  return squares === 0 ? 1 : (shares * shares) / (count * squares)
}

function accountsOf(machine: Booked): AccountLine[] {
  const { table, devices, memoryUsed } = machine
  const lines: AccountLine[] = []
  for (let row = 0; row < table.size; row++) {
    const line = (resource: string, used: number | undefined): void => {
      if (used !== undefined && used > 0)
        lines.push({ owner: table.owners[row] as string, job: table.names[row] as string, resource, used })
    }
    line('cpu', table.cpu[row])
    line('memory', memoryUsed.get(row))
    for (const { name, used } of devices.values()) line(name, used.get(row))
  }
  return lines
}
