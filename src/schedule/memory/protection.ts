/**
 * Memory with and without protection. With it each access is checked against base and limit, and one outside of the job's
 * space ends this job alone. Without it the address is used as it is: a job reads what belongs to others, spoils it, and
 * when it writes into the system's own memory, everything ends.
 */
import { checkChoice } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { isInside } from './base-limit.ts'
import { checkAddress, type Access } from './translation.ts'
import type { Allocator, Placement } from './types.ts'

/** The name under which the system's own memory stands in the map. */
export const systemJob = 'system'

/**
 * `ok`: inside of its own space. `fault`: stopped, and the job ended. `read-other`: it saw another's memory. `spoiled-other`:
 * it wrote there, and the owner goes wrong at its next access. `went-wrong`: it met what another spoiled, and ended.
 * `crash`: the system's memory was written, and all ended. `nothing`: nobody's memory.
 */
export type AccessEffect = 'ok' | 'fault' | 'read-other' | 'spoiled-other' | 'went-wrong' | 'crash' | 'nothing'

export interface AccessOutcome {
  readonly effect: AccessEffect
  /** The address that was used; undefined if it was stopped. */
  readonly physical: number | undefined
  /** Whose memory is there. */
  readonly owner: string | undefined
  /** Jobs that ended by it. */
  readonly ended: readonly string[]
  readonly why: string
}

export interface GuardedMemory {
  readonly protection: boolean
  readonly memory: Allocator
  /** Jobs that are alive. */
  jobs(): readonly string[]
  /** False after a crash. */
  readonly systemUp: boolean
  /** A job is loaded; undefined if there is no room. Throws as `admit` does, and OPTION_INVALID after a crash. */
  load(job: string, size: number): Placement | undefined
  /** The job uses an address of its own space, counted from 0. Throws OPTION_INVALID for one that is not alive. */
  access(job: string, virtual: number, access?: Access): AccessOutcome
}

/**
 * Puts the system at the low end of memory, and jobs behind it. Protection is that of the allocator.
 *
 * @param systemSize memory of the system itself
 * @example
 * const guarded = guardedMemory(variablePartitions({ size: 1_000, protection: false }), 100)
 * guarded.load('A', 200)
 * guarded.access('A', -50, 'write').effect  // 'crash': that is address 50, in the system
 */
export function guardedMemory(memory: Allocator, systemSize: number): GuardedMemory {
  const protection = memory.protection ?? true
  memory.admit(systemJob, systemSize)
  const spaces = new Map<string, { readonly base: number; readonly limit: number }>()
  const spoiled = new Set<string>()
  let systemUp = true

  function load(job: string, size: number): Placement | undefined {
    if (!systemUp) throw invalid('job', 'loaded before the system crashed', job)
    const placement = memory.admit(job, size)
    if (placement !== undefined) spaces.set(job, { base: placement.base, limit: size })
    return placement
  }

  function access(job: string, virtual: number, kind: Access = 'read'): AccessOutcome {
    checkChoice('access', kind, ['read', 'write', 'execute'])
    checkAddress(virtual)
    const space = spaces.get(job)
    if (space === undefined) throw invalid('job', 'one that is alive', job)
    const physical = space.base + virtual
    if (spoiled.has(job)) {
      end(job)
      const why = `${job} uses what another job spoiled in its memory, and goes wrong`
      return { effect: 'went-wrong', physical, owner: job, ended: [job], why }
    }
    if (isInside(virtual, space.limit)) {
      const why = `${virtual} is inside of its ${space.limit}, at ${physical}`
      return { effect: 'ok', physical, owner: job, ended: [], why }
    }
    if (protection) {
      end(job)
      const why = `${virtual} is outside of its ${space.limit}: a fault ends ${job}, and nobody else`
      return { effect: 'fault', physical: undefined, owner: undefined, ended: [job], why }
    }
    return reach(job, physical, kind)
  }

  /** Nothing stops the access: whose memory is it? */
  function reach(job: string, physical: number, kind: Access): AccessOutcome {
    const owner = ownerOf(memory, physical)
    const verb = { read: 'reads', write: 'writes', execute: 'runs' }[kind]
    const result = (effect: AccessEffect, ended: readonly string[], why: string): AccessOutcome => ({
      effect,
      physical,
      owner,
      ended,
      why: `${job} ${verb} ${physical}, ${why}`,
    })
    if (owner === undefined) return result('nothing', [], "which is nobody's")
    // A slack part of its own region is its own.
    if (owner === job) return result('ok', [], 'in the unused rest of its own partition')
    if (kind !== 'write') return result('read-other', [], `which belongs to ${owner}, and nothing stops it`)
    if (owner === systemJob) {
      const ended = [...spaces.keys()]
      for (const each of ended) end(each)
      systemUp = false
      return result('crash', ended, 'in the memory of the system: the system crashes, and every job with it')
    }
    spoiled.add(owner)
    return result('spoiled-other', [], `which belongs to ${owner}: ${owner} is spoiled and does not know it`)
  }

  function end(job: string): void {
    memory.release(job)
    spaces.delete(job)
    spoiled.delete(job)
  }

  return {
    protection,
    memory,
    jobs: () => [...spaces.keys()],
    get systemUp() {
      return systemUp
    },
    load,
    access,
  }
}

function ownerOf(memory: Allocator, physical: number): string | undefined {
  return memory.map().find(({ base, size }) => physical >= base && physical < base + size)?.job
}
