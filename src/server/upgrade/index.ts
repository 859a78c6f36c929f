/** Replacing the whole program by a new process of it, with the sockets handed over. */
export { inheritance, type Inheritance } from './inheritance.ts'
export { offerHandOver, upgrade, type UpgradeOptions } from './upgrade.ts'
export type { HandedSockets, HandOver, InheritedSockets } from './types.ts'
