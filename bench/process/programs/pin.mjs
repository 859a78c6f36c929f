// Moves a process, with all its threads, to one core: taskset starts programs
// on a core, and this moves their children away from it.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

export function pinTo(core, pid) {
  if (core === undefined || pid === undefined) return
  taskset('-acp', core, pid)
}

/** Thread ids of this process. */
export const threadsNow = () => readdirSync('/proc/self/task')

/** Moves the threads that this process has started since, such as a worker. */
export function pinThreadsSince(before, core) {
  if (core === undefined) return
  for (const thread of threadsNow()) if (!before.includes(thread)) taskset('-cp', core, thread)
}

function taskset(...words) {
  const ran = spawnSync('taskset', words.map(String), { encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`taskset: ${ran.stderr}`)
}
