/**
 * The loop of all servers and the hooks that it calls, in the order of Python's socketserver.
 *
 *   serveForever ─▶ open ─▶ ┌─▶ a request, or pollIntervalMs over, or shutdown ─▶ the loop's end
 *                           │        │ one request through the hooks
 *                           └── serviceActions
 */
import { AsyncLocalStorage } from 'node:async_hooks'

import { checkInteger, Emitter, fail, isLaneworkError } from '../core/index.ts'
import { formatAddress, parseAddress, type Address, type Scheme } from '../io/index.ts'
import { Readiness } from './readiness.ts'
import { serveRequest } from './request-handler.ts'
import { warnOfRequest } from './request-warning.ts'
import type { RequestHandlerClass, RequestServer, SocketServerEvents } from './types.ts'

/** The servers whose requests the running code belongs to. */
const serving = new AsyncLocalStorage<BaseServer<never>>()

interface Loop {
  readonly ended: Promise<void>
  readonly end: () => void
  readonly stop: AbortController
}

export abstract class BaseServer<Request> implements RequestServer {
  readonly RequestHandlerClass: RequestHandlerClass<Request>
  readonly events: Emitter<SocketServerEvents> = new Emitter()
  /** Anything that handlers need from the server's owner. Where they run elsewhere it travels there with the first request. */
  context: unknown = undefined

  // Attributes that a subclass may set, or the owner before `open`
  /** How long `handleRequest` waits, in milliseconds. @default no limit */
  timeoutMs: number | undefined = undefined
  /** Binds although connections of a server before it linger. @default true for TCP, which needs the addon to be without */
  allowReuseAddress: boolean = false
  /** Lets several servers share the address (SO_REUSEPORT); needs the addon. @default false */
  allowReusePort: boolean = false

  protected readonly askedAddress: Address
  #address: Address | undefined
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #loop: Loop | undefined
  #stopped = false
  readonly #readiness = new Readiness(() => this.requestReady())
  #failure: { readonly error: unknown } | undefined

  /** Opens nothing yet; see `open`. Throws ADDRESS_INVALID, SCHEME_UNKNOWN, and OPTION_INVALID for another kind of address. */
  constructor(address: string | Address, Handler: RequestHandlerClass<Request>, scheme: Scheme) {
    this.askedAddress = parseAddress(address)
    if (this.askedAddress.scheme !== scheme) {
      const got = formatAddress(this.askedAddress)
      throw fail('OPTION_INVALID', { option: 'address', rule: `one that begins with ${scheme}:`, got })
    }
    this.RequestHandlerClass = Handler
  }

  /** The address listened on; with port 0, after `open`, the one that the system chose. */
  get serverAddress(): Address {
    return this.#address ?? this.askedAddress
  }

  /** Binds and listens: `serverBind`, then `serverActivate`. Throws ADDRESS_IN_USE, PERMISSION_DENIED, UNSUPPORTED... */
  async open(): Promise<this> {
    if (this.#closing !== undefined) throw fail('CLOSED', { what: 'server' })
    await (this.#opening ??= this.#open())
    return this
  }

  /** Serves until `shutdown`. `serviceActions` is called after each request, and when none came for `pollIntervalMs`. */
  async serveForever(pollIntervalMs: number = 500): Promise<void> {
    checkInteger('pollIntervalMs', pollIntervalMs, 1, 2 ** 31 - 1)
    if (this.#loop !== undefined) throw fail('PROCESS_STATE', { name: 'The server', problem: 'serves already' })
    const loop = newLoop()
    this.#loop = loop
    try {
      await this.open()
      while (!loop.stop.signal.aborted) {
        if (await this.#ready(pollIntervalMs, loop.stop.signal)) await this.#handleOne()
        this.#rethrow()
        if (!loop.stop.signal.aborted) await this.serviceActions()
      }
    } finally {
      this.#loop = undefined
      loop.end()
    }
  }

  /**
   * Ends `serveForever` and resolves when it has ended, after the request in hand. Called by a handler or hook of this
   * server it resolves at once, since that request would wait for itself.
   */
  async shutdown(): Promise<void> {
    const loop = this.#loop
    loop?.stop.abort()
    if (serving.getStore() !== (this as never)) await loop?.ended
  }

  /** Serves one request, or calls `handleTimeout` when none came for `timeoutMs`. */
  async handleRequest(): Promise<void> {
    await this.open()
    if (await this.#ready(this.timeoutMs)) await this.#handleOne()
    else await this.handleTimeout()
    this.#rethrow()
  }

  /** Ends `serveForever` if need be, and closes the socket. */
  async serverClose(): Promise<void> {
    this.#closing ??= this.#close()
    // A handler that waited for its own end would never come to it.
    if (serving.getStore() !== (this as never)) await this.#closing
  }

  /** The same as `serverClose`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.serverClose()
  }

  // The hooks, in their order. Each may be overridden, and may be async

  /** Binds the socket; resolves to the address it has then. */
  abstract serverBind(): Promise<Address>

  /** Starts listening, where that is a step of its own. */
  serverActivate(): void | Promise<void> {}

  /** Called by the loop after each request and every `pollIntervalMs`. */
  serviceActions(): void | Promise<void> {}

  /** Called by `handleRequest` when nothing came in time. */
  handleTimeout(): void | Promise<void> {}

  /** Takes the next request. */
  abstract getRequest(): Promise<readonly [request: Request, clientAddress: Address]>

  /** Whether to serve it; false shuts it down. */
  verifyRequest(_request: Request, _clientAddress: Address): boolean | Promise<boolean> {
    return true
  }

  /** `finishRequest`, then `shutdownRequest`. */
  async processRequest(request: Request, clientAddress: Address): Promise<void> {
    await this.finishRequest(request, clientAddress)
    await this.shutdownRequest(request)
  }

  /** Makes the handler and lets it run. */
  async finishRequest(request: Request, clientAddress: Address): Promise<void> {
    await serveRequest(new this.RequestHandlerClass(request, clientAddress, this as never))
  }

  /** Ends the request in an orderly way; by default just `closeRequest`. */
  async shutdownRequest(request: Request): Promise<void> {
    await this.closeRequest(request)
  }

  /** Lets go of what the request holds. */
  closeRequest(_request: Request): void | Promise<void> {}

  /** A hook or the handler threw. Tells `requestError`; if nobody listens, a warning on stderr. The server goes on. */
  handleError(_request: Request, clientAddress: Address, error: unknown): void | Promise<void> {
    if (this.events.has('requestError')) this.events.emit('requestError', { error, clientAddress })
    else warnOfRequest(formatAddress(clientAddress), error)
  }

  // For the kinds of servers

  /** Resolves when `getRequest` would not wait. Called once for each request. */
  protected abstract requestReady(): Promise<void>

  /** Closes the socket. */
  protected abstract closeSocket(): Promise<void>

  /** Before the socket closes, after the loop has ended. */
  protected async requestsEnded(): Promise<void> {}

  /** Aborted when the loop is to end; undefined outside of it. */
  protected get stopSignal(): AbortSignal | undefined {
    return this.#loop?.stop.signal
  }

  /** What a request in the background threw into the server: the loop throws it. */
  protected failWith(error: unknown): void {
    this.#failure ??= { error }
    this.#loop?.stop.abort()
  }

  async #open(): Promise<void> {
    try {
      this.#address = await this.serverBind()
      await this.serverActivate()
    } catch (error) {
      await this.closeSocket()
      this.#opening = undefined
      throw error
    }
  }

  async #close(): Promise<void> {
    this.#stopped = true
    await this.#opening?.catch(() => {})
    await this.shutdown()
    await this.requestsEnded()
    await this.closeSocket()
    this.#rethrow()
  }

  #rethrow(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  /** True when a request waits; false when the time is over or the loop is to stop. */
  async #ready(limitMs: number | undefined, stop?: AbortSignal): Promise<boolean> {
    try {
      return await this.#readiness.wait(limitMs, stop)
    } catch (error) {
      return this.#notHad(error)
    }
  }

  async #handleOne(): Promise<void> {
    let taken: readonly [Request, Address]
    try {
      this.#readiness.taken()
      taken = await this.getRequest()
    } catch (error) {
      this.#notHad(error)
      return
    }
    await serving.run(this as never, () => this.#throughHooks(...taken))
  }

  async #throughHooks(request: Request, clientAddress: Address): Promise<void> {
    try {
      if (await this.verifyRequest(request, clientAddress)) await this.processRequest(request, clientAddress)
      else await this.shutdownRequest(request)
    } catch (error) {
      try {
        await this.handleError(request, clientAddress, error)
      } finally {
        await this.shutdownRequest(request)
      }
    }
  }

  /** A request that is gone again is no matter; a closed socket is the end. */
  #notHad(error: unknown): false {
    if (this.#stopped || isLaneworkError(error, 'ABORTED')) return false
    if (isLaneworkError(error, 'CLOSED')) throw error
    this.events.emit('acceptError', { error })
    return false
  }
}

function newLoop(): Loop {
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { ended, end, stop: new AbortController() }
}
