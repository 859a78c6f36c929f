// Moves a process, with all its threads, to one core: taskset starts programs
// on a core, and this moves their children away from it.

import { spawnSync } from 'node:child_process'

export function pinTo(core, pid) {
  if (core === undefined || pid === undefined) return
  const ran = spawnSync('taskset', ['-acp', core, `${pid}`], { encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`taskset: ${ran.stderr}`)
}
