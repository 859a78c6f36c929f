/** Managers: objects in a process of their own, and proxies of them. */
export { ManagedArray } from './array.ts'
export { Manager, type ManagerOptions } from './manager.ts'
export { ManagedMap } from './map.ts'
export { ManagedNamespace } from './namespace.ts'
export type { Remote } from './remote.ts'
export { ManagedSet } from './set.ts'
export { ManagedValue } from './value.ts'
