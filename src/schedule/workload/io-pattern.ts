/**
 * Short ways to say what I/O a job does, as in exercises: every so often, as a list of bursts, or as a program of steps.
 *
 *   burst 10, io { every: 4, length: 3 }     computes 4, waits 3, computes 4, waits 3, computes 2
 *   io { bursts: [4, 3, 6] }                 computes 4, waits 3, computes 6
 *   io { program: ['cpu', 'io', 'io_done'], length: 5 }
 *                                            computes 1, computes 1 to hand it in, waits 5, computes 1 to take it
 */
import type { Burst } from '../machine/spec.ts'

/** So many bursts are enough for one job; a pattern says more in a few characters. */
const burstsLimit = 1_000_000

/** What is wrong with a field, in the words of an error: the field, the rule, and what it was. */
export interface PatternProblem {
  readonly field: string
  readonly rule: string
  readonly got: unknown
}

/** Bursts of a job that computes `burst` (null or Infinity: for ever) and does I/O as `io` says, or what is wrong with it. */
export function burstsOfPattern(burst: unknown, io: unknown): readonly Burst[] | PatternProblem {
  if (io !== undefined && io !== null) {
    if (typeof io !== 'object' || Array.isArray(io)) return { field: 'io', rule: known, got: io }
    if ('bursts' in io) return alternating(io.bursts, burst)
    if ('program' in io) return steps(io as { program: unknown; length?: unknown })
    if (!('every' in io)) return { field: 'io', rule: known, got: io }
  }
  const length = burst === null ? Infinity : burst
  if (!isTime(length) && length !== Infinity)
    return { field: 'burst', rule: 'a number, 0 or more, or null', got: burst }
  return io === undefined || io === null ? [{ cpu: length }] : every(length, io as { every: unknown; length?: unknown })
}

const known = '{ every, length }, { bursts: [cpu, io, cpu, ...] } or { program, length }'

function every(burst: number, io: { every: unknown; length?: unknown }): readonly Burst[] | PatternProblem {
  if (!isTime(io.every) || io.every === 0) return { field: 'io.every', rule: 'a number, more than 0', got: io.every }
  if (!isTime(io.length)) return { field: 'io.length', rule: timeRule, got: io.length }
  if (burst / io.every > burstsLimit)
    return { field: 'io.every', rule: `a part of the burst, at most ${burstsLimit} times`, got: io.every }
  const bursts: Burst[] = []
  for (let left = burst; ; left -= io.every) {
    bursts.push({ cpu: Math.min(left, io.every) })
    if (left <= io.every) return bursts
    bursts.push({ io: io.length })
  }
}

function alternating(list: unknown, burst: unknown): readonly Burst[] | PatternProblem {
  if (!Array.isArray(list) || list.length === 0 || list.length > burstsLimit)
    return { field: 'io.bursts', rule: `a list of 1 to ${burstsLimit} times`, got: list }
  let computing = 0
  for (const [index, each] of list.entries()) {
    if (!isTime(each)) return { field: `io.bursts[${index}]`, rule: timeRule, got: each }
    if (index % 2 === 0) computing += each
  }
  if (isTime(burst) && Math.abs(burst - computing) > 1e-9 * computing)
    return { field: 'burst', rule: `the sum of its CPU bursts, ${computing}`, got: burst }
  return list.map((each: number, index) => (index % 2 === 0 ? { cpu: each } : { io: each }))
}

function steps({ program, length }: { program: unknown; length?: unknown }): readonly Burst[] | PatternProblem {
  if (!Array.isArray(program) || program.length === 0 || program.length > burstsLimit)
    return { field: 'io.program', rule: `a list of 1 to ${burstsLimit} steps`, got: program }
  if (!isTime(length)) return { field: 'io.length', rule: timeRule, got: length }
  const bursts: Burst[] = []
  for (const [index, step] of program.entries()) {
    if (step !== 'cpu' && step !== 'io' && step !== 'io_done')
      return { field: `io.program[${index}]`, rule: 'cpu, io or io_done', got: step }
    bursts.push({ cpu: 1 })
    if (step === 'io') bursts.push({ io: length })
  }
  return bursts
}

const timeRule = 'a number, 0 or more'

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity
}
