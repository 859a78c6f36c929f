/** What a task can learn about itself while it runs. */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface TaskContext {
  /** The lane's number of this task. */
  readonly id: number
  /** 1, or more when lanes died that ran it before. */
  readonly attempt: number
  /** Aborted when the caller's signal is, or when its time is over. */
  readonly signal: AbortSignal
  /** Name of the lane. */
  readonly lane: string
}

const contexts = new AsyncLocalStorage<TaskContext>()
let current: TaskContext | undefined

/** The task that runs here; undefined outside of a pool's tasks. */
export function currentTask(): TaskContext | undefined {
  return current ?? contexts.getStore()
}

/** For functions that may wait: the context follows them. */
export function runInContext<Value>(context: TaskContext, run: () => Value): Value {
  return contexts.run(context, run)
}

/** For a lane that runs one task at a time: cheaper, as the lane itself says when the task ends. */
export function setCurrentTask(context: TaskContext | undefined): void {
  current = context
}
