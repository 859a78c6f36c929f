/** The addon's typed calls and its loader; not exported from the package. */
export type { Native, Handle } from './bindings.ts'
export { loadNative, nativeStatus, type NativeStatus } from './loader.ts'
export { Poll, readable, writable } from './poll.ts'
export { errnoName, checkCall } from './errno.ts'
