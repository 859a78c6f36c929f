/**
 * Runs a disciplined clock on a simulated machine against simulated servers, and compares it with the truth, which only a
 * simulation knows. The same seed gives the same run.
 */
import { firstTries } from '../client/clock-keeper.ts'
import { PollSchedule, type PollOptions } from '../client/poll-schedule.ts'
import { DisciplinedClock, type DisciplinedClockOptions } from '../clock/disciplined-clock.ts'
import { exchange, type SimulatedServer } from './network.ts'
import { Oscillator } from './oscillator.ts'
import { Random } from './random.ts'

/** Something that happens to the machine. */
export interface SimulatedEvent {
  /** True seconds since the start. */
  readonly at: number
  readonly do: (machine: Oscillator, clock: DisciplinedClock) => void
}

export interface SimulateClockOptions extends Omit<DisciplinedClockOptions, 'ticks'>, PollOptions {
  readonly seed: number
  /** True time at the start, nanoseconds since 1970 UTC. @default 21 September 2026 */
  readonly startNs?: bigint
  /** True seconds to simulate. @default 1_000 */
  readonly seconds?: number
  /** @default one honest server, 100 us away with 100 us of jitter */
  readonly servers?: readonly SimulatedServer[]
  /** What the wall clock is ahead at the start, seconds. @default 0.1 */
  readonly offset?: number
  /** What the counter gains at the start, seconds a second. @default 100e-6 */
  readonly frequency?: number
  /** Of the frequency, in each second. @default 1e-9 */
  readonly wander?: number
  readonly events?: readonly SimulatedEvent[]
  /** Compares the clock with the truth so often, seconds. @default 1 */
  readonly every?: number
}

/** The clock against the truth at one moment. */
export interface SimulatedMoment {
  /** True seconds since the start. */
  readonly at: number
  /** Clock less truth, seconds. */
  readonly error: number
  /** Half of the interval in which the clock says the truth lies, seconds; Infinity before it is synchronised. */
  readonly bound: number
  /** Whether the truth lies in there. */
  readonly holds: boolean
  /** What the counter gains by the clock's estimate less what it does, seconds a second. */
  readonly frequencyError: number
  readonly nowNs: bigint
  readonly steps: number
}

export interface SimulatedRun {
  readonly moments: readonly SimulatedMoment[]
  readonly clock: DisciplinedClock
  readonly machine: Oscillator
  /** Requests sent, to all servers together. */
  readonly requests: number
}

const usualStartNs = 1_790_000_000_000_000_000n

/**
 * Runs a clock against servers.
 *
 * @example
 * const { moments } = simulateClock({ seed: 1 })
 * const last = moments.at(-1) // { at: 1000, error: 0.00003, bound: 0.00015, ... }
 */
export function simulateClock(options: SimulateClockOptions): SimulatedRun {
  const {
    seed,
    seconds = 1_000,
    servers = [{ name: 'server' }],
    events = [],
    every = 1,
    startNs = usualStartNs,
  } = options
  const { offset = 0.1, frequency = 100e-6, wander = 1e-9, minPoll, maxPoll, burst, ...clockOptions } = options
  const random = new Random(seed)
  const machine = new Oscillator({ random: new Random(seed + 7_919), startNs, offset, frequency, wander })
  const clock = new DisciplinedClock({ ...clockOptions, ticks: machine })
  const schedule = { ...(minPoll && { minPoll }), ...(maxPoll && { maxPoll }), ...(burst && { burst }) }
  const polls = servers.map((server, index) => ({
    server,
    schedule: new PollSchedule(schedule),
    at: index * 0.01 + random.uniform() * 0.1,
    /** Before the first answer. */
    lost: 0,
  }))
  clock.expect(servers.map(({ name }) => name))
  clock.events.on('jump', ({ kind }) => {
    if (kind !== 'sleep') return
    for (const poll of polls) {
      poll.schedule.hurry()
      poll.at = elapsed()
    }
  })
  const moments: SimulatedMoment[] = []
  let requests = 0
  const pending = [...events].sort((one, other) => one.at - other.at)
  const elapsed = (): number => Number(machine.trueNs - startNs) / 1e9
  const passUntil = (at: number): void => machine.advance(Math.max(0, (at - elapsed()) * 1e9))
  let nextMoment = every
  while (elapsed() < seconds) {
    const poll = polls.reduce((first, other) => (other.at < first.at ? other : first))
    const eventAt = pending[0]?.at ?? Infinity
    const next = Math.min(poll.at, nextMoment, eventAt)
    if (next > seconds) break
    passUntil(next)
    if (next === eventAt) {
      pending.shift()?.do(machine, clock)
      clock.look()
    } else if (next === nextMoment) {
      moments.push(compare(machine, clock, elapsed()))
      nextMoment += every
    } else {
      requests++
      const sample = exchange(machine, poll.server, random, startNs)
      if (sample === undefined) {
        poll.schedule.lost()
        if (poll.lost < firstTries && ++poll.lost === firstTries) clock.forget(poll.server.name)
        if (poll.schedule.reach === 0) clock.forget(poll.server.name)
      } else {
        poll.lost = firstTries
        clock.add(sample)
        poll.schedule.answered((after) => clock.uncertaintyAfter(sample.source, after))
      }
      // Asking at even intervals would meet whatever else is even; a tenth either way avoids that.
      poll.at = elapsed() + (poll.schedule.interval ?? Infinity) * (0.95 + random.uniform() * 0.1)
      if (poll.at < next + 2) poll.at = next + 2
    }
  }
  return { moments, clock, machine, requests }
}

function compare(machine: Oscillator, clock: DisciplinedClock, at: number): SimulatedMoment {
  const { ns, earliest, latest } = clock.now()
  const truth = machine.trueNs
  return {
    at,
    error: Number(ns - truth) / 1e9,
    bound: clock.synchronised ? Number(latest - earliest) / 2e9 : Infinity,
    holds: earliest <= truth && truth <= latest,
    frequencyError: clock.parameters.frequency + machine.frequency / (1 + machine.frequency),
    nowNs: ns,
    steps: clock.steps,
  }
}
