/** What a pool and its lanes say to each other; numbers beside those of child/messages.ts. */
export const poolMessage = {
  // pool to lane
  /** number, address: tasks are named by the number from now on. */
  define: 32,
  /** id, slot, flags, attempt, number of the task, arguments. */
  task: 33,
  /** id */
  abort: 34,
  // lane to pool
  ready: 35,
  /** id, microseconds it ran, value */
  result: 36,
  /** id, microseconds it ran, error in wire form */
  failure: 37,
  /** id: a task whose time is limited has begun; said where no memory is shared. */
  begun: 38,
} as const

/** How a lane is to call the task. */
export const mode = {
  /** Once, with the arguments. */
  once: 0,
  /** Once for each item of its one argument. */
  each: 1,
  /** Once for each list of arguments in its one argument. */
  spread: 2,
} as const

export type Mode = (typeof mode)[keyof typeof mode]

/** The lane notes when the task begins, since its time is limited. */
export const timedFlag = 4
