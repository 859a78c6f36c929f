/** How the keeper gets its children: by the addon's own fork, exec and wait, or by Node's child_process. */
import type { Readable, Writable } from 'node:stream'

import { fail } from '../../core/index.ts'
import type { ProgramPlan, ResourceUse } from './types.ts'

export interface Outcome {
  readonly exitCode: number
  readonly resources: ResourceUse | undefined
}

export interface Spawned {
  readonly pid: number
  /** Where output comes through the keeper: without the addon. */
  readonly streams?: {
    readonly stdin: Writable | null
    readonly stdout: Readable | null
    readonly stderr: Readable | null
  }
}

export interface Spawner {
  /** Starts a program. Throws PROGRAM_NOT_FOUND, PROGRAM_NOT_STARTED. */
  start(plan: ProgramPlan, descriptors: readonly number[]): Promise<Spawned>
  /** The owner is gone: lets go of its streams, for whoever reads them to see their end. */
  ownerGone(): void
  /** Called with each child that has ended, in the turn in which it was reaped. */
  onEnd: (pid: number, outcome: Outcome) => void
}

/** The error of a program that did not start. */
export function startError(plan: Pick<ProgramPlan, 'argv' | 'cwd'>, step: string, errno: string): Error {
  const { argv, cwd } = plan
  const program = argv[0] ?? ''
  if (step === 'exec' && errno === 'ENOENT') return fail('PROGRAM_NOT_FOUND', { program, argv, cwd })
  return fail('PROGRAM_NOT_STARTED', { program, argv, cwd, step, errno })
}
