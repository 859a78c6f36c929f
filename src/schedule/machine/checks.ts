/** What a machine and its jobs must not be. All throw OPTION_INVALID, naming the field. */
import { invalid } from '../checks.ts'
import type { Burst, JobSpec, MachineSpec } from './spec.ts'

/** So many CPUs are searched one by one. */
const cpusLimit = 65_536

export function checkMachine(machine: MachineSpec): void {
  const { cpus = 1, contextSwitch = 0, cache, devices = {}, degree, horizon } = machine
  if (typeof machine.policy?.pick !== 'function') throw invalid('policy', 'a policy', machine.policy)
  if (machine.policy.size !== 0)
    throw invalid('policy', 'a fresh one: this one still has jobs of another simulation', machine.policy.name)
  checkCount('cpus', cpus, cpusLimit)
  if (machine.eventLimit !== undefined) checkCount('eventLimit', machine.eventLimit, Number.MAX_SAFE_INTEGER)
  const { in: comes, out: leaves } = typeof contextSwitch === 'number' ? { in: contextSwitch, out: 0 } : contextSwitch
  checkTime('contextSwitch.in', comes)
  checkTime('contextSwitch.out', leaves)
  for (const [name, { servers = 1 }] of Object.entries(devices))
    if (servers !== Infinity) checkCount(`devices.${name}.servers`, servers, Number.MAX_SAFE_INTEGER)
  if (cache !== undefined) {
    checkTime('cache.size', cache.size)
    checkTime('cache.warmUp', cache.warmUp)
    if (!(cache.rate > 0 && cache.rate < Infinity)) throw invalid('cache.rate', 'a number over 0', cache.rate)
  }
  if (degree !== undefined && degree !== Infinity) checkCount('degree', degree, Number.MAX_SAFE_INTEGER)
  if (horizon !== undefined && !(horizon >= 0)) throw invalid('horizon', '0 or more', horizon)
}

export function checkJob(job: JobSpec, machine: MachineSpec, index: number): void {
  const { name, arrival, bursts, threads, period, deadline, width, affinity, memory, workingSet, tickets, limit } = job
  // The path of a field is only made when something is wrong with it.
  const where = (field: string): string => `jobs[${index}].${field}`
  if (typeof name !== 'string' || name === '') throw invalid(where('name'), 'a text that is not empty', name)
  if (arrival !== undefined && !isTime(arrival)) throw invalid(where('arrival'), timeRule, arrival)
  if ((bursts === undefined) === (threads === undefined))
    throw invalid(where('bursts'), 'either bursts or threads', bursts === undefined ? 'neither' : 'both')
  if (bursts !== undefined) checkBursts(bursts, machine, index, 'bursts')
  for (const [at, thread] of (threads ?? []).entries()) {
    if (thread.delay !== undefined && !isTime(thread.delay))
      throw invalid(where(`threads[${at}].delay`), timeRule, thread.delay)
    checkPriority(thread.priority, where)
    checkBursts(thread.bursts, machine, index, `threads[${at}].bursts`)
  }
  if (threads?.length === 0) throw invalid(where('threads'), 'one thread or more', 'none')
  checkPriority(job.priority, where)
  if (tickets !== undefined && !(tickets > 0 && tickets < Infinity))
    throw invalid(where('tickets'), 'a number over 0', tickets)
  if (deadline !== undefined && !(deadline >= 0)) throw invalid(where('deadline'), '0 or more', deadline)
  if (memory !== undefined && !isTime(memory)) throw invalid(where('memory'), timeRule, memory)
  if (workingSet !== undefined && !(workingSet >= 0)) throw invalid(where('workingSet'), '0 or more', workingSet)
  if (limit !== undefined && !(limit >= 0)) throw invalid(where('limit'), '0 or more', limit)
  if (period !== undefined && !(period > 0 && period < Infinity))
    throw invalid(where('period'), 'a number over 0', period)
  if (period !== undefined && !hasHorizon(machine))
    throw invalid('horizon', 'a time, as a periodic job never ends', machine.horizon)
  checkPlace(width, affinity, machine, where)
}

function checkPlace(
  width: number | undefined,
  affinity: readonly number[] | undefined,
  { cpus = 1 }: MachineSpec,
  where: (field: string) => string,
): void {
  if (width !== undefined) checkCount(where('width'), width, cpus)
  if (affinity === undefined) return
  if (affinity.length === 0 || affinity.some((cpu) => !Number.isInteger(cpu) || cpu < 0 || cpu >= cpus))
    throw invalid(where('affinity'), `numbers of CPUs, from 0 to ${cpus - 1}`, `[${affinity.join(', ')}]`)
  if (width !== undefined && width > 1)
    throw invalid(where('affinity'), 'none for a job of several CPUs', `[${affinity.join(', ')}]`)
}

function checkBursts(bursts: readonly Burst[], machine: MachineSpec, index: number, field: string): void {
  for (let at = 0; at < bursts.length; at++) {
    const burst = bursts[at] as Burst
    const where = `jobs[${index}].${field}[${at}]`
    if ('cpu' in burst) {
      if (!(burst.cpu >= 0)) throw invalid(`${where}.cpu`, '0 or more', burst.cpu)
      if (burst.cpu === Infinity && !hasHorizon(machine))
        throw invalid('horizon', 'a time, as an endless burst never ends', machine.horizon)
    } else if ('io' in burst) {
      if (!isTime(burst.io)) throw invalid(`${where}.io`, timeRule, burst.io)
    } else if ('access' in burst) {
      if (!Number.isFinite(burst.access)) throw invalid(`${where}.access`, 'an address', burst.access)
    } else if (!('await' in burst)) throw invalid(where, 'cpu, io, await or access', JSON.stringify(burst))
  }
}

const timeRule = 'a finite number, 0 or more'

function isTime(value: number): boolean {
  return value >= 0 && value < Infinity
}

function hasHorizon({ horizon }: MachineSpec): boolean {
  return horizon !== undefined && horizon < Infinity
}

function checkTime(option: string, value: number): void {
  if (!isTime(value)) throw invalid(option, timeRule, value)
}

function checkCount(option: string, value: number, limit: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= limit))
    throw invalid(option, `a whole number from 1 to ${limit}`, value)
}

function checkPriority(priority: number | undefined, where: (field: string) => string): void {
  if (priority !== undefined && !Number.isFinite(priority)) throw invalid(where('priority'), 'a number', priority)
}
