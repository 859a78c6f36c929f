/** How this thread reaches an object: directly when it serves it, else over the link. One for each object and thread. */
import { fail } from '../../core/index.ts'
import { host, type ServedPlace } from './host.ts'
import { Link, type Asking } from './link.ts'
import type { Answer } from './object.ts'

export interface Access {
  /** Whether this thread serves it. */
  readonly isLocal: boolean
  readonly object: number
  /** Of the socket where it is served. */
  readonly path: string
  /** Begins a call, which may be answered at once; gives what cancels it. Throws NOT_SERIALIZABLE. */
  begin(method: string, args: readonly unknown[], asking: Asking): () => void
  /** A call whose outcome does not matter to go on. Throws what a method throws at once, in this thread. */
  tell(method: string, args: readonly unknown[]): void
  /** What is known of its state: here as it is, elsewhere as it was told last. */
  readonly view: unknown
  /** Elsewhere: the state as it must be now, until the next word on it. */
  assume(view: unknown): void
  /** What the handles of this thread know together of what they hold. */
  readonly notes: Map<string, unknown>
  share(): ServedPlace
  addHandle(): void
  dropHandle(): void
}

const local = new Map<number, LocalAccess>()
const remote = new Map<string, RemoteAccess>()

/** To an object that this thread has begun to serve. */
export function accessHere(object: number): Access {
  const access = new LocalAccess(object)
  local.set(object, access)
  return access
}

/** To an object that came with a handle. Throws CLOSED. */
export function accessTo({ path, object }: ServedPlace, view: unknown): Access {
  const key = `${path}#${object}`
  const known = host().isHere(path) ? local.get(object) : remote.get(key)
  if (known !== undefined) {
    known.arrived()
    return known
  }
  if (host().isHere(path)) throw fail('CLOSED', { what: 'object' })
  const access = new RemoteAccess(Link.to(path), object, view, () => remote.delete(key))
  remote.set(key, access)
  return access
}

class LocalAccess implements Access {
  readonly isLocal = true
  readonly notes = new Map<string, unknown>()
  readonly object: number
  #handles = 1

  constructor(object: number) {
    this.object = object
  }

  get path(): string {
    return host().path
  }

  begin(method: string, args: readonly unknown[], { resolved, rejected }: Asking): () => void {
    let isOpen = true
    const settle = (then: () => void): void => {
      if (!isOpen) return
      isOpen = false
      then()
    }
    const answer: Answer = {
      visitor: host().local,
      onCancel: undefined,
      resolve: (value) => settle(() => resolved(value)),
      reject: (error) => settle(() => rejected(error as Error)),
    }
    host().object(this.object).call(method, args, answer)
    return () => answer.onCancel?.()
  }

  tell(method: string, args: readonly unknown[]): void {
    let failure: Error | undefined
    this.begin(method, args, { resolved: () => {}, rejected: (error) => (failure = error) })
    if (failure !== undefined) throw failure
  }

  get view(): unknown {
    return host().object(this.object).view()
  }

  assume(): void {}

  share(): ServedPlace {
    return host().place(this.object)
  }

  /** A handle that was given away came back. */
  arrived(): void {
    this.addHandle()
    host().attach(host().local, this.object)
    host().detach(host().local, this.object)
  }

  addHandle(): void {
    this.#handles += 1
    host().addHandle(this.object)
  }

  dropHandle(): void {
    this.#handles -= 1
    host().dropHandle(this.object)
    if (this.#handles === 0) local.delete(this.object)
  }
}

class RemoteAccess implements Access {
  readonly isLocal = false
  readonly notes = new Map<string, unknown>()
  readonly #link: Link
  readonly object: number
  readonly #dropped: () => void
  #view: unknown
  #handles = 1

  constructor(link: Link, object: number, view: unknown, dropped: () => void) {
    this.#link = link
    this.object = object
    this.#view = view
    this.#dropped = dropped
    link.attach(object)
    // From now on: whoever learns of something else that was done later also knows this.
    if (view !== undefined) link.watch(object, (changed) => (this.#view = changed))
  }

  get path(): string {
    return this.#link.path
  }

  begin(method: string, args: readonly unknown[], asking: Asking): () => void {
    const id = this.#link.call(this.object, method, args, asking)
    return () => this.#link.cancel(id)
  }

  tell(method: string, args: readonly unknown[]): void {
    this.#link.tell(this.object, method, args)
  }

  get view(): unknown {
    return this.#view
  }

  assume(view: unknown): void {
    this.#view = view
  }

  share(): ServedPlace {
    this.#link.share(this.object)
    return { path: this.#link.path, object: this.object }
  }

  arrived(): void {
    this.addHandle()
    this.#link.attach(this.object)
  }

  addHandle(): void {
    this.#handles += 1
  }

  dropHandle(): void {
    this.#handles -= 1
    if (this.#handles > 0) return
    this.#dropped()
    this.#link.detach(this.object)
  }
}
