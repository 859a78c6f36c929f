/** Why a lane that uses too much memory is replaced. */
import { fail } from '../../core/index.ts'

export function usedTooMuch(name: string, pid: number, bytes: number): Error {
  const MiB = Math.round(bytes / 1_048_576)
  return fail('PROCESS_DIED', {
    name,
    pid,
    reason: 'memory',
    exitCode: 0,
    description: `used ${MiB} MiB of memory, more than it may, and is replaced`,
    stderr: '',
  })
}
