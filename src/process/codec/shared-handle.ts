/** The base of handles: `[share]`, said once. */
import { share, type Shareable, type SharedForm } from './shareable.ts'

/** Objects may be arguments of processes and tasks. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- defined below, on the prototype
export interface SharedHandle extends Shareable {}

// A computed name like [share] cannot be declared in a class under isolatedDeclarations, so the interface declares it.
export abstract class SharedHandle {
  /** How it travels to another process or thread. Throws CLOSED. */
  protected abstract sharedForm(): SharedForm
}

Object.defineProperty(SharedHandle.prototype, share, {
  value(this: SharedHandle): SharedForm {
    return this['sharedForm']()
  },
})
