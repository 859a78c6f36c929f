/** Guards of keepers that were killed: each lets programs go on when its owner is dead too, and must not do so later. */
import { Keeper, readEntry, reap, signalSame, type ProcessIdentity } from '../../process/index.ts'

const lookMs = 5
/** A guard has nothing to do but to send signals; one that takes longer is stopped by somebody. */
const patienceMs = 2_000

/**
 * Resolves when no guard of the folder is about to let programs go on: for an owner that finds no keeper there, before it stops any.
 * One that does not come to its end is killed.
 */
export async function formerGuardsDone(folder: string): Promise<void> {
  const guards = Keeper.guards(folder)
  if (!(await areGone(guards))) await endGuards(guards)
}

/** For an owner that lives: another keeper guards their programs now. */
export async function endGuards(guards: readonly ProcessIdentity[]): Promise<void> {
  for (const { pid, startTicks } of guards) signalSame(pid, startTicks, 'SIGKILL')
  await areGone(guards)
}

async function areGone(guards: readonly ProcessIdentity[]): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    if (!guards.some(isLeft)) return true
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

/** The child of a keeper that died is ours, if we started that keeper: then we reap it. */
function isLeft({ pid, startTicks }: ProcessIdentity): boolean {
  const entry = readEntry(pid)
  if (entry?.startTicks !== startTicks || entry.state === 'X') return false
  if (entry.state === 'Z' && entry.parentPid === process.pid) reap(pid)
  return entry.state !== 'Z'
}
