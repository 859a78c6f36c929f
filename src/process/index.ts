/** `lanework/process`: what Python's multiprocessing gives, for Node, and safe against kill -9. */

// Tasks
export { task, taskFrom, handler, type Task, type TaskAddress } from './task.ts'

// Processes
export { Process, activeChildren, type ProcessOptions, type StartMethod } from './process.ts'
export { keepWarm } from './child/start.ts'
export { currentProcess, parentProcess, cpuCount, type ParentInfo, type ProcessInfo } from './current.ts'
export type { Death, DeathReason } from './death.ts'

// Handles
export { registerShareable, type Shareable, type SharedForm } from './codec/index.ts'
