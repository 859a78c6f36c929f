/**
 * What a slice of ours costs: two programs that compute take turns on one CPU, by SIGSTOP and SIGCONT through the keeper, and the
 * time between the last instruction of one and the first of the other is lost.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Program } from '../../../process/index.ts'
import { hangMs, nodeProgram, notMeasured, outputOf } from './hops.ts'
import { spinProgram } from './programs.ts'

/** When a program had the CPU, in ns. */
export type Ran = readonly (readonly [from: number, to: number])[]

/** Lost time at each change from one program to the other, in microseconds. */
export async function sliceLosses(cpu: number, quantumMs: number, switches: number): Promise<number[]> {
  // They end by themselves, also if nobody is there any more to end them.
  const code = spinProgram(quantumMs * (switches + 2) + 200)
  const programs = [nodeProgram(code, cpu), nodeProgram(code, cpu)] as const
  const [first, second] = programs
  try {
    const outputs = []
    for (const program of programs) {
      await program.start()
      outputs.push(readySpinner(program))
    }
    await Promise.all(outputs.map(({ ready }) => ready))
    await second.pause()
    for (let turn = 0; turn < switches; turn++) {
      await delay(quantumMs)
      const [goes, comes] = turn % 2 === 0 ? [first, second] : [second, first]
      await Promise.all([goes.pause(), comes.resume()])
    }
    await Promise.all(programs.map((program) => program.resume()))
    const [one, other] = await Promise.all(outputs.map(({ output }) => output))
    return lossesBetween(ranOf(one ?? ''), ranOf(other ?? ''), quantumMs)
  } finally {
    for (const program of programs) if (program.isAlive()) await program.kill()
  }
}

interface Spinner {
  readonly ready: Promise<void>
  readonly output: Promise<string>
}

function readySpinner(program: Program): Spinner {
  const { stdout } = program
  const output = outputOf(program)
  const first = new Promise<void>((resolve) => stdout.once('data', () => resolve()))
  const late = delay(hangMs, undefined, { ref: false }).then(() => {
    throw notMeasured('a program did not start to compute')
  })
  // Both are looked at later, and one of them may fail before that.
  output.catch(() => {})
  late.catch(() => {})
  return { ready: Promise.race([first, output.then(() => {}), late]), output }
}

function ranOf(text: string): Ran {
  return JSON.parse(text.replace(/^ready\n/, '')) as Ran
}

/**
 * From two timelines on one CPU: what nobody had at each change from one to the other, in microseconds. Changes that the kernel
 * made while both could run (before the first stop, after the last go) come faster than half a slice, and do not count.
 */
export function lossesBetween(one: Ran, other: Ran, quantumMs: number): number[] {
  const all = [
    ...one.map(([from, to]) => ({ from, to, who: 0 })),
    ...other.map(([from, to]) => ({ from, to, who: 1 })),
  ].toSorted((a, b) => a.from - b.from)
  const losses: number[] = []
  let turnFrom = all[0]?.from ?? 0
  for (let at = 1; at < all.length; at++) {
    const [last, next] = [all[at - 1], all[at]]
    if (last === undefined || next === undefined || last.who === next.who) continue
    if (last.to - turnFrom >= (quantumMs / 2) * 1e6) losses.push(Math.max(0, next.from - last.to) / 1_000)
    turnFrom = next.from
  }
  return losses
}
