/** Watching and steering programs from outside: by the addon where it is, else by /proc as far as that goes. */
export { moveTree, ProcessHandle, signalSame } from './steer.ts'
export { adoptOrphans, reap, type Reaped } from './reap.ts'
export { cpuTimes, hasWatch, processTree, processUse, type OneUse, type TreeEntry } from './tree.ts'
