/** Starts children: new ones, or one of those that are kept ready. */
import { Child, type ChildKind, type ChildOptions } from './child.ts'
import { spawnProcess } from './spawn-process.ts'
import { spawnThread } from './spawn-thread.ts'

export function startChild(kind: ChildKind, options: ChildOptions): Child {
  return new Child(kind, kind === 'thread' ? spawnThread(options) : spawnProcess(options), options)
}

const spares: Child[] = []
let wanted = 0

/**
 * Keeps so many processes ready, started but with nothing to do yet; `startMethod: 'warm'` takes one, and another is
 * started in its place. Each costs memory while it waits. They do not keep the program running.
 */
export function keepWarm(count: number): void {
  wanted = count
  while (spares.length > wanted) spares.pop()?.channel.close()
  while (spares.length < wanted) addSpare()
}

function addSpare(): void {
  const spare = startChild('spawn', { name: 'lanework-spare' })
  spare.ref(false)
  spares.push(spare)
  const forget = (): void => {
    const index = spares.indexOf(spare)
    if (index >= 0) spares.splice(index, 1)
  }
  spare.ended.then(forget, forget)
}

/** A child that is ready, or a new one; only the plain case, with this program's own surroundings, can have been kept. */
export function startWarm(options: ChildOptions): Child {
  const plain = [options.env, options.cwd, options.execArgv, options.heapMiB].every((option) => option === undefined)
  const inherits = (options.stdout ?? 'inherit') === 'inherit' && (options.stderr ?? 'inherit') === 'inherit'
  const spare = plain && inherits ? spares.shift() : undefined
  if (wanted === 0) wanted = 1
  setImmediate(() => keepWarm(wanted))
  if (spare === undefined) return startChild('spawn', options)
  spare.ref(true)
  return spare
}
