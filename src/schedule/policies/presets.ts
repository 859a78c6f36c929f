/**
 * What the textbooks mean where they differ: options of policies and rules of the machine together, each with where it
 * is said. What a book leaves open is left to the defaults.
 */
import { checkChoice } from '../../core/index.ts'
import type { Rules } from '../machine/spec.ts'
import type { PolicyOptions } from './by-name.ts'
import { policyRow } from './by-name.ts'

export type Book = 'ostep' | 'stallings' | 'silberschatz' | 'tanenbaum'

export interface Preset {
  readonly book: Book
  readonly title: string
  readonly chapters: string
  /** For `MachineSpec.rules`. */
  readonly rules: Rules
  /** Options by name of the policy; a policy that is not here has its defaults. */
  readonly policies: Readonly<Record<string, PolicyOptions>>
}

export const presets: Readonly<Record<Book, Preset>> = {
  ostep: {
    book: 'ostep',
    title: 'Arpaci-Dusseau: Operating Systems: Three Easy Pieces',
    chapters:
      '7 Scheduling: Introduction, 8 The Multi-Level Feedback Queue, 9 Proportional Share, and their homework programs',
    // mlfq.py queues a job whose slice is over before it looks at what arrives at that tick.
    rules: { tie: 'expired-first', aloneAtExpiry: 'keep', response: 'dispatch', from: 'zero' },
    policies: {
      rr: { quantum: 1 },
      srtf: { ties: 'arrival' },
      mlfq: {
        levels: 3,
        quantum: 10,
        io: 'keep',
        returns: 'tail',
        preempted: 'head',
        demote: 'always',
        preemptive: true,
      },
      lottery: { quantum: 1, draw: 'modulo' },
      stride: { quantum: 1, stride1: 10_000, charge: 'slice' },
      fair: { latency: 48, minGranularity: 6, weights: 'nice' },
    },
  },
  stallings: {
    book: 'stallings',
    title: 'Stallings: Operating Systems, Internals and Design Principles',
    chapters: '9 Uniprocessor Scheduling, table "A comparison of scheduling policies"',
    rules: { tie: 'arrival-first', aloneAtExpiry: 'keep', from: 'zero' },
    policies: {
      rr: { quantum: 1 },
      srtf: { ties: 'arrival' },
      // Feedback with slices of 2^i; growth 1 is the other column of the table.
      mlfq: { levels: 8, quantum: 1, growth: 2, demote: 'contended', preemptive: false },
      priority: { order: 'low-first' },
    },
  },
  silberschatz: {
    book: 'silberschatz',
    title: 'Silberschatz, Galvin, Gagne: Operating System Concepts',
    chapters: '5 CPU Scheduling (6 in some editions)',
    rules: { tie: 'arrival-first', aloneAtExpiry: 'keep', from: 'zero' },
    policies: {
      rr: { quantum: 4 },
      sjf: { alpha: 0.5, initial: 10 },
      srtf: { alpha: 0.5, initial: 10, ties: 'arrival' },
      priority: { order: 'low-first' },
      mlq: {
        queues: [
          { name: 'foreground', policy: { policy: 'rr', quantum: 4 }, share: 80 },
          { name: 'background', policy: 'fcfs', share: 20 },
        ],
      },
      mlfq: { quanta: [8, 16, Infinity], preemptive: true },
    },
  },
  tanenbaum: {
    book: 'tanenbaum',
    title: 'Tanenbaum, Bos: Modern Operating Systems',
    chapters: '2 Processes and Threads, Scheduling',
    rules: { tie: 'arrival-first', aloneAtExpiry: 'keep', from: 'zero' },
    policies: {
      rr: { quantum: 1 },
      sjf: { alpha: 0.5 },
      srtf: { alpha: 0.5, ties: 'arrival' },
      priority: { order: 'high-first' },
      // The classes of CTSS: 1, 2, 4 ... slices, and up again after waiting for the terminal.
      mlfq: { levels: 4, quantum: 1, growth: 2, io: 'raise' },
    },
  },
}

/** The preset of that book. Throws OPTION_INVALID. */
export function presetLike(book: string): Preset {
  return presets[checkChoice('like', book, Object.keys(presets) as Book[])]
}

/** Options for a policy as the book has it, with those given on top. Throws OPTION_INVALID for unknown names. */
export function optionsLike(book: string, policy: string, options: PolicyOptions = {}): PolicyOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...presetLike(book).policies[policyRow(policy).name], ...Object.fromEntries(given) }
}
