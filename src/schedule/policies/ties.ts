/** Which of two jobs comes first when a policy finds them equal: books and programs differ, so it is an option. */
import { checkChoice } from '../../core/index.ts'
import type { Job } from '../types.ts'
import type { Note } from './note.ts'

/**
 * 'ready': who became ready first, a preempted job included. 'arrival': whose burst came first, so that being preempted
 * costs no place. 'burst': whose burst was shorter to begin with, then 'arrival'. 'name': by name.
 */
export type TieRule = 'ready' | 'arrival' | 'burst' | 'name'

export const tieRules = ['ready', 'arrival', 'burst', 'name'] as const

/** Where a burst stands among all bursts that came. */
export interface ArrivalNote extends Note {
  arrival: number
}

/** The rule as a comparison; undefined where the order of readiness decides. Throws OPTION_INVALID. */
export function tieOrder(rule: TieRule): ((a: Job, b: Job) => number) | undefined {
  switch (checkChoice('ties', rule, tieRules)) {
    case 'ready':
      return undefined
    case 'arrival':
      return byArrival
    case 'burst':
      return (a, b) => difference(a.burst ?? 0, b.burst ?? 0) || byArrival(a, b)
    case 'name':
      return (a, b) => compareNames(a.name ?? '', b.name ?? '')
  }
}

function byArrival(a: Job, b: Job): number {
  return (a.memo as ArrivalNote).arrival - (b.memo as ArrivalNote).arrival
}

/** Infinity equals itself. */
function difference(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
