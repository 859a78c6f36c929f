/** Runs a service's `shared` in the place where it stands: an owner's process or thread, or the calling thread. */
import { fail, type Clock } from '../../core/index.ts'
import type { AnyService, SharedMethods, SharedServer } from '../types.ts'

export interface OwnerOptions {
  readonly clock: Clock
  /** 1, and one more for each restart and reload. */
  readonly run: number
  /** That had an owner before this one. @default 0 */
  readonly lanes?: number
  /** Gives the bytes to the lanes; they are copied before it returns, as the service may change them afterwards. */
  readonly publish: (bytes: Uint8Array) => void
  /** What the owners before it kept. @default nothing */
  readonly kept?: ReadonlyMap<string, Uint8Array>
  /** Keeps bytes for the next owner; false where there will be none. @default there will be none */
  readonly keep?: SharedServer['keep']
  /** Aborts the service's own signal early. */
  readonly signal?: AbortSignal | undefined
  /** Calls in hand may take so long at the end before `close` is called all the same. @default 1_000 */
  readonly graceMs?: number
}

const graceMsDefault = 1_000
const keepAliveMs = 1_000_000

/**
 * Runs `shared` of a service and holds what it made. Rejects with what it threw, and SERVICE_INVALID when it is missing or
 * gave no object.
 *
 * @example
 * const owner = await startOwner(counter, { clock: systemClock, run: 1, publish: (bytes) => show(bytes) })
 * await owner.call('add', [1])
 * await owner.end()
 */
export async function startOwner(service: AnyService, options: OwnerOptions): Promise<OwnerHost> {
  const source = `The service ${JSON.stringify(service.name)}`
  if (service.definition.shared === undefined) throw fail('SERVICE_INVALID', { source, reason: 'it has no shared()' })
  const controller = new AbortController()
  const unlink = follow(controller, options.signal)
  try {
    const methods: unknown = await service.definition.shared(serverOf(options, controller.signal))
    if (typeof methods !== 'object' || methods === null)
      throw fail('SERVICE_INVALID', { source, reason: 'its shared() gave no object of functions' })
    return new OwnerHost(service.name, methods as SharedMethods, controller, unlink, options)
  } catch (error) {
    // What it began before it failed ends too.
    unlink()
    controller.abort()
    throw error
  }
}

function serverOf(options: OwnerOptions, signal: AbortSignal): SharedServer {
  const { clock, run, lanes = 0, publish, kept = new Map(), keep = () => false } = options
  return {
    clock,
    run,
    lanes,
    signal,
    publish: (snapshot) => {
      if (!(snapshot instanceof Uint8Array))
        throw fail('OPTION_INVALID', { option: 'snapshot', rule: 'a Uint8Array', got: typeof snapshot })
      // A timer that fires once more after the end has nobody left to tell.
      if (!signal.aborted) publish(snapshot)
    },
    kept,
    keep: (name, bytes) => {
      if (bytes !== undefined && !(bytes instanceof Uint8Array))
        throw fail('OPTION_INVALID', { option: 'bytes', rule: 'a Uint8Array, or undefined', got: typeof bytes })
      return keep(name, bytes)
    },
  }
}

/** Aborts with the signal; gives what ends that. */
function follow(controller: AbortController, signal: AbortSignal | undefined): () => void {
  const abort = (): void => controller.abort(signal?.reason)
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return () => signal?.removeEventListener('abort', abort)
}

export class OwnerHost {
  readonly #name: string
  readonly #methods: SharedMethods
  readonly #controller: AbortController
  readonly #unlink: () => void
  readonly #options: OwnerOptions
  #inHand = 0
  #idle: () => void = () => {}
  #ending: Promise<void> | undefined

  /** Made by `startOwner`. */
  constructor(
    name: string,
    methods: SharedMethods,
    controller: AbortController,
    unlink: () => void,
    options: OwnerOptions,
  ) {
    this.#name = name
    this.#methods = methods
    this.#controller = controller
    this.#unlink = unlink
    this.#options = options
  }

  /** Calls that have not settled. */
  get inHand(): number {
    return this.#inHand
  }

  get ended(): boolean {
    return this.#ending !== undefined
  }

  /** Rejects with what the method throws, METHOD_UNKNOWN, and CLOSED after the end. */
  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ending !== undefined) throw fail('CLOSED', { what: `owner of ${this.#name}` })
    const found: unknown = isMethod(this.#methods, method) ? this.#methods[method] : undefined
    if (typeof found !== 'function') throw this.#unknown(method)
    this.#inHand += 1
    try {
      return (await Reflect.apply(found, this.#methods, args)) as unknown
    } finally {
      this.#inHand -= 1
      if (this.#inHand === 0) this.#idle()
    }
  }

  /** Aborts the signal, waits for calls in hand, and awaits `close`. Rejects with what that throws. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#unlink()
    this.#controller.abort()
    await this.#untilIdle()
    if (Object.hasOwn(this.#methods, 'close')) await this.#methods.close?.()
  }

  #untilIdle(): Promise<void> {
    if (this.#inHand === 0) return Promise.resolve()
    return new Promise((resolve) => {
      // The clock's timers do not keep the process.
      const keepAlive = setInterval(() => {}, keepAliveMs)
      const deadline = this.#options.clock.after(this.#options.graceMs ?? graceMsDefault, () => this.#idle())
      this.#idle = () => {
        clearInterval(keepAlive)
        deadline.cancel()
        this.#idle = () => {}
        resolve()
      }
    })
  }

  #unknown(method: unknown): Error {
    const names = Object.keys(this.#methods).filter((name) => isMethod(this.#methods, name))
    return fail('METHOD_UNKNOWN', { method: String(method), known: names.length === 0 ? 'none' : names.join(', ') })
  }
}

/** Own functions only: nobody calls what objects inherit, and `close` is the server's. */
function isMethod(methods: SharedMethods, name: unknown): name is string {
  if (typeof name !== 'string' || name === 'close' || !Object.hasOwn(methods, name)) return false
  return typeof methods[name] === 'function'
}
