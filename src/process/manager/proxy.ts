/** What all proxies of a manager's objects have. */
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'
import { ServedHandle, servedForm, type ServedForm } from '../served/handle.ts'
import { invalidMessage } from '../served/wire.ts'
import { addressOf, type AnyFunction } from '../task.ts'

const what = 'managed object'

/** Of any proxy, also of one that is nothing but a `Remote`. */
const handles = new WeakMap<object, ServedHandle>()

export function handleOf(proxy: object): ServedHandle | undefined {
  return handles.get(proxy)
}

export function keepHandle(proxy: object, handle: ServedHandle): void {
  handles.set(proxy, handle)
}

export function attachManaged(form: ServedForm): ServedHandle {
  return ServedHandle.attach(form, what)
}

export function callManaged(handle: ServedHandle, method: string, args: readonly unknown[]): Promise<unknown> {
  return handle.call(method, args, { what: `Calling ${method} of a managed object` })
}

/** Speaks to an object that lives elsewhere. May be an argument of processes and tasks, and a value of other proxies. */
export abstract class ManagedProxy implements Shareable {
  readonly #handle: ServedHandle
  protected abstract readonly kind: string

  /** @internal */
  constructor(handle: ServedHandle) {
    this.#handle = handle
    keepHandle(this, handle)
  }

  /** Lets go of this proxy; the object lives on. Calls in flight here reject with CLOSED. */
  close(): void {
    this.#handle.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  toShared(): SharedForm {
    return this.#handle.form(this.kind)
  }

  protected async call<Result>(method: string, ...args: readonly unknown[]): Promise<Result> {
    return (await callManaged(this.#handle, method, args)) as Result
  }

  /** Throws TASK_INVALID. */
  protected runTask<Result>(keys: readonly unknown[], task: AnyFunction, args: readonly unknown[]): Promise<Result> {
    return this.call('update', ...keys, addressOf(task), args)
  }
}

export function registerProxy(kind: string, make: (handle: ServedHandle) => object): void {
  registerShareable(kind, (data) => {
    const form = servedForm(data)
    if (form === undefined) throw invalidMessage(`a proxy of kind ${kind} without its object`)
    return make(attachManaged(form))
  })
}
