/** Starts children: new ones, or one of those that are kept ready. */
import { checkInteger, checkKnownKeys } from '../../core/index.ts'
import { Child, type ChildKind, type ChildOptions } from './child.ts'
import { spawnProcess } from './spawn-process.ts'
import { spawnThread } from './spawn-thread.ts'
import { addressOf, type Task, type TaskAddress } from '../task.ts'
import { message } from './messages.ts'

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
let preloaded: readonly TaskAddress[] = []
let refill: NodeJS.Timeout | undefined
/** The start of the next spare costs a CPU for longer than the one just taken needs to begin. */
const refillMs = 50

export interface WarmOptions {
  /** Their modules are imported while a process waits, as with `set_forkserver_preload` of Python's multiprocessing. */
  readonly preload?: readonly Task<never, unknown>[] | undefined
}

/**
 * Keeps so many processes ready, started but with nothing to do yet; `startMethod: 'warm'` takes one, and another is
 * started in its place. Each costs memory while it waits. They do not keep the program running. Throws OPTION_INVALID,
 * TASK_INVALID.
 */
export function keepWarm(count: number, options: WarmOptions = {}): void {
  checkKnownKeys('options', options, ['preload'])
  const { preload = [] } = options
  wanted = checkInteger('count', count, 0, 1024)
  preloaded = preload.map(addressOf)
  if (preload.length > 0) dropSpares(0)
  refillSpares()
}

function refillSpares(): void {
  dropSpares(wanted)
  while (spares.length < wanted) addSpare()
}

function dropSpares(count: number): void {
  for (const { child } of spares.splice(count)) child.channel.close()
}

function addSpare(): void {
  const child = startChild('spawn', { name: 'lanework-spare' })
  child.ref(false)
  if (preloaded.length > 0) child.channel.send(message.preload, preloaded)
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
  refill ??= setTimeout(() => {
    refill = undefined
    refillSpares()
  }, refillMs).unref()
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
