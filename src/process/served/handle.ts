/**
 * One handle of a served object: waits with limits, and what travels in its place. A wait that ends early is cancelled
 * where the object is, and what had been given to it meanwhile is handed to `late`.
 */
import { fail, isLaneworkError } from '../../core/index.ts'
import type { SharedForm } from '../codec/shareable.ts'
import { accessHere, accessTo, type Access } from './access.ts'
import { host } from './host.ts'
import { beginWaiting, endWaiting } from './keep-alive.ts'
import type { ServedObject } from './object.ts'

export interface Limits {
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Asked extends Limits {
  /** What is waited for, as errors name it. */
  readonly what: string
  /** Does not keep the program running. */
  readonly isIdle?: boolean
  /** Takes a result that came after the wait was over. */
  readonly late?: (value: unknown) => void
}

/** What travels: where the object is, its state by now, and what the class adds. */
export interface ServedForm {
  readonly path: string
  readonly object: number
  readonly view: unknown
  readonly data: unknown
}

/** A cancelled call is answered soon, unless its process is stopped; nobody waits longer for that. */
const cancelMs = 1_000
/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1

/** Handles that nobody has any more count as closed. */
const dropped = new FinalizationRegistry<Access>((access) => access.dropHandle())

export class ServedHandle {
  readonly #access: Access
  readonly #what: string
  readonly #open = new Set<Wait>()
  #closed = false

  private constructor(access: Access, what: string) {
    this.#access = access
    this.#what = what
    dropped.register(this, access, this)
  }

  /** Serves an object from now on. */
  static serve(object: ServedObject, what: string): ServedHandle {
    return new ServedHandle(accessHere(host().add(object)), what)
  }

  /** Of an object that a handle came for. */
  static attach({ path, object, view }: ServedForm, what: string): ServedHandle {
    return new ServedHandle(accessTo({ path, object }, view), what)
  }

  /** One more, of the same object. */
  another(): ServedHandle {
    this.#access.addHandle()
    return new ServedHandle(this.#access, this.#what)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether this thread serves the object. */
  get isLocal(): boolean {
    return this.#access.isLocal
  }

  get object(): number {
    return this.#access.object
  }

  /** Of the socket where it is served. */
  get path(): string {
    return this.#access.path
  }

  /** Throws CLOSED. */
  check(): void {
    if (this.#closed) throw fail('CLOSED', { what: this.#what })
  }

  /** Rejects with what the method rejects with, TIMED_OUT, ABORTED, CLOSED. */
  call(method: string, args: readonly unknown[], asked: Asked): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.check()
      if (asked.signal?.aborted === true)
        throw fail('ABORTED', { what: asked.what }, { cause: asked.signal.reason as Error })
      const wait = new Wait(asked, resolve, reject, () => this.#open.delete(wait))
      wait.begin((asking) => this.#access.begin(method, args, asking))
      if (!wait.isOver) this.#open.add(wait)
    })
  }

  /** The answer that is there at once, or undefined. Throws UNSUPPORTED where another thread serves the object. */
  now(method: string, args: readonly unknown[], feature: string): unknown {
    this.check()
    if (!this.isLocal) throw notHere(feature)
    let value: unknown
    let failure: Error | undefined
    const cancel = this.#access.begin(method, args, {
      resolved: (found) => (value = found),
      rejected: (error) => (failure = error),
    })
    cancel()
    if (failure !== undefined && !isLaneworkError(failure, 'ABORTED')) throw failure
    return value
  }

  /** Errors are thrown where this thread serves the object, and lost elsewhere. */
  tell(method: string, ...args: readonly unknown[]): void {
    this.check()
    this.#access.tell(method, args)
  }

  /** The same for what came too late, also after close(). */
  giveBack(method: string, ...args: readonly unknown[]): void {
    try {
      this.#access.tell(method, args)
    } catch {
      // Nobody has the object any more.
    }
  }

  get view(): unknown {
    this.check()
    return this.#access.view
  }

  assume(view: unknown): void {
    this.#access.assume(view)
  }

  /** A note that all handles of the object in this thread have in common. */
  note<Value>(name: string, make: () => Value): Value {
    const { notes } = this.#access
    if (!notes.has(name)) notes.set(name, make())
    return notes.get(name) as Value
  }

  /** Waits in progress through this handle reject with CLOSED; the object lives on. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    dropped.unregister(this)
    for (const wait of this.#open) wait.drop(fail('CLOSED', { what: this.#what }))
    this.#access.dropHandle()
  }

  form(kind: string, data?: unknown): SharedForm {
    this.check()
    const { view } = this.#access
    return { kind, data: { ...this.#access.share(), view, data } satisfies ServedForm, descriptors: [] }
  }
}

class Wait {
  isOver = false
  readonly #asked: Asked
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: Error) => void
  readonly #ended: () => void
  #cancel: () => void = () => {}
  #timer: NodeJS.Timeout | undefined
  #reason: Error | undefined
  #waits = false

  constructor(asked: Asked, resolve: (value: unknown) => void, reject: (error: Error) => void, ended: () => void) {
    this.#asked = asked
    this.#resolve = resolve
    this.#reject = reject
    this.#ended = ended
  }

  begin(call: (asking: { resolved(value: unknown): void; rejected(error: Error): void }) => () => void): void {
    this.#cancel = call({
      resolved: (value) => this.#resolved(value),
      rejected: (error) => this.#rejected(error),
    })
    if (this.isOver) return
    const { timeoutMs = Infinity, signal, what, isIdle } = this.#asked
    if (isIdle !== true) this.#keep()
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    const late = (): void => this.#giveUp(fail('TIMED_OUT', { what, timeoutMs }))
    if (timeoutMs <= 0) late()
    else if (timeoutMs < longestTimerMs) this.#timer = setTimeout(late, timeoutMs)
  }

  #keep(): void {
    this.#waits = true
    beginWaiting()
  }

  /** Ends it now, whatever the object says. */
  drop(error: Error): void {
    this.#end()
    this.#reject(error)
    this.#cancel()
  }

  readonly #onAbort = (): void => {
    const { signal, what } = this.#asked
    this.#giveUp(fail('ABORTED', { what }, { cause: signal?.reason }))
  }

  #giveUp(reason: Error): void {
    if (this.isOver || this.#reason !== undefined) return
    this.#reason = reason
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.drop(reason), cancelMs)
    this.#cancel()
  }

  #resolved(value: unknown): void {
    if (this.isOver) return this.#asked.late?.(value)
    this.#end()
    this.#resolve(value)
  }

  #rejected(error: Error): void {
    if (this.isOver) return
    this.#end()
    this.#reject(isLaneworkError(error, 'ABORTED') ? (this.#reason ?? error) : error)
  }

  #end(): void {
    this.isOver = true
    clearTimeout(this.#timer)
    this.#asked.signal?.removeEventListener('abort', this.#onAbort)
    if (this.#waits) endWaiting()
    this.#ended()
  }
}

/** The form that came in place of a handle, if its object is served. */
export function servedForm(data: unknown): ServedForm | undefined {
  const form = data as Partial<ServedForm> | null | undefined
  return typeof form?.path === 'string' && typeof form.object === 'number' ? (form as ServedForm) : undefined
}

/** The error of what cannot be known at once. */
export function notHere(feature: string): Error {
  const reason = 'without the native addon only the process that made the object can answer at once; use the async form'
  return fail('UNSUPPORTED', { feature, reason })
}

/** The error of forms that block the thread. */
export function cannotBlock(feature: string): Error {
  const reason = 'blocking the thread needs the native addon; use the async form'
  return fail('UNSUPPORTED', { feature, reason })
}
