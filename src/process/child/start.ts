/** Starts children: new ones, or one of those that are kept ready. */
import { checkInteger } from '../../core/index.ts'
import { Child, type ChildKind, type ChildOptions } from './child.ts'
import { spawnProcess } from './spawn-process.ts'
import { spawnThread } from './spawn-thread.ts'

export function startChild(kind: ChildKind, options: ChildOptions): Child {
  return new Child(kind, kind === 'thread' ? spawnThread(options) : spawnProcess(options), options)
}

interface Spare {
  readonly child: Child
  /** What it has copied from this program at its start. */
  readonly surroundings: string
}

const spares: Spare[] = []
let wanted = 0

/**
 * Keeps so many processes ready, started but with nothing to do yet; `startMethod: 'warm'` takes one, and another is
 * started in its place. Each costs memory while it waits. They do not keep the program running. Throws OPTION_INVALID.
 */
export function keepWarm(count: number): void {
  wanted = checkInteger('count', count, 0, 1024)
  while (spares.length > wanted) spares.pop()?.child.channel.close()
  while (spares.length < wanted) addSpare()
}

function addSpare(): void {
  const child = startChild('spawn', { name: 'lanework-spare' })
  child.ref(false)
  const spare: Spare = { child, surroundings: surroundings() }
  spares.push(spare)
  const forget = (): void => {
    const index = spares.indexOf(spare)
    if (index >= 0) spares.splice(index, 1)
  }
  child.ended.then(forget, forget)
}

/** A child that is ready, or a new one; only the plain case, with this program's own surroundings, can have been kept. */
export function startWarm(options: ChildOptions): Child {
  const plain = [options.env, options.cwd, options.execArgv, options.heapMiB].every((option) => option === undefined)
  const inherits = (options.stdout ?? 'inherit') === 'inherit' && (options.stderr ?? 'inherit') === 'inherit'
  const spare = plain && inherits ? takeSpare() : undefined
  if (wanted === 0) wanted = 1
  setImmediate(() => keepWarm(wanted))
  if (spare === undefined) return startChild('spawn', options)
  spare.ref(true)
  return spare
}

/** One that lives, and would be started the same way now. */
function takeSpare(): Child | undefined {
  const now = surroundings()
  for (let spare = spares.shift(); spare !== undefined; spare = spares.shift()) {
    if (spare.surroundings === now && spare.child.isAlive()) return spare.child
    spare.child.channel.close()
  }
  return undefined
}

function surroundings(): string {
  return JSON.stringify([process.cwd(), process.execArgv, process.env])
}
