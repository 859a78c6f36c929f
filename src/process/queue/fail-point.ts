/**
 * Where a test may kill a process in the midst of an operation: at each of these steps another one must be able to go
 * on. Unset, a step costs one load and one comparison.
 */
export type FailPoint =
  | 'put.locked'
  | 'put.written'
  | 'put.committed'
  | 'put.unlocked'
  | 'get.locked'
  | 'get.copied'
  | 'get.committed'
  | 'get.unlocked'

/** What is called at each step; set by tests only. */
export const failPoints: { reached: ((step: FailPoint) => void) | undefined } = { reached: undefined }
