/**
 * Who holds something, in one 32-bit word that a compare-exchange can take:
 *
 *      31            22 21                    0
 *     +----------------+-----------------------+
 *     | start time & 1FF |      thread id        |      always > 0
 *     +----------------+-----------------------+
 *
 * The kernel's thread ids go to 2^22 - 1, and name a thread of a process, so a lock may be held by a worker thread
 * as well. The start time (clock ticks) tells a holder from a later thread with a recycled id.
 */
import { existsSync, readFileSync } from 'node:fs'
import { needAddon } from '../memory/segment.ts'

const threadBits = 22
const startMask = 0x1ff

let own = 0

/** The word of this thread. */
export function ownWord(): number {
  if (own === 0) {
    const thread = needAddon('locks between processes').threadId()
    own = wordOf(thread, Math.max(0, startTicks(thread) ?? 0))
  }
  return own
}

function wordOf(thread: number, ticks: number): number {
  return thread | ((ticks & startMask) << threadBits)
}

/** False once the thread of a word has ended, or is a zombie, or its id belongs to another. */
export function ownerAlive(word: number): boolean {
  if (word === own) return true
  const thread = word & ((1 << threadBits) - 1)
  const ticks = startTicks(thread)
  // Who cannot be looked at (no descriptor is left, /proc is hidden) must count as alive: taking from the living corrupts.
  return ticks === unknown || (ticks !== undefined && wordOf(thread, ticks) === word)
}

const unknown = -1

/** When a thread started, in clock ticks since boot (proc(5), stat fields 3 and 22); undefined when it is gone or dead. */
function startTicks(thread: number): number | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${thread}/stat`, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return (code === 'ENOENT' || code === 'ESRCH') && existsSync('/proc/self/stat') ? undefined : unknown
  }
  // The name in parentheses may hold anything, blanks and parentheses included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  return state === 'Z' || state === 'X' ? undefined : Number(fields[19])
}
