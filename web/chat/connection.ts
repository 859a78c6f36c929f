/**
 * The page's WebSocket: requests with answers, what is heard, and a way back after it broke. Between tries it waits twice as long each
 * time, by chance a little less, so that a thousand pages do not come back at the same instant.
 */
import type { PageAsk, PageFault, PageMessage, PageReply } from '../../src/services/chat/page/protocol.ts'
import type { RequestName } from '../../src/services/chat/types.ts'

export type Answered<Name extends RequestName> =
  | { readonly ok: PageReply<Name> }
  | { readonly fault: PageFault; readonly isLost?: true }

export interface ConnectionHooks {
  /** It is open: time to enter. */
  opened(): void
  /** Anything that is no answer. */
  heard(message: Exclude<PageMessage, { ok: unknown } | { fault: unknown }>): void
  /** It is closed; `retryAtMs` by Date.now(), undefined where nobody tries again. */
  closed(retryAtMs: number | undefined): void
}

export interface Connection {
  ask<Name extends RequestName>(name: Name, ask: PageAsk<Name>, ref?: string): Promise<Answered<Name>>
  open(): void
  /** Ends it, and tries again later. */
  retryLater(): void
  /** Ends it for good, or until `open`. */
  close(): void
  readonly isOpen: boolean
}

const firstRetryMs = 500
const longestRetryMs = 30_000
/** A server that does not answer for so long is gone, though no packet says so. */
const beatMs = 25_000
const silenceMs = 15_000

/** The stay outlives the page that is loaded anew, and its requests are named in it once. */
const prefix = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(36)).join('')
let refs = 0

/** Names a request: no other of this stay has the name. */
export function newRef(): string {
  return `${prefix}-${++refs}`
}

export function connectionTo(url: string, hooks: ConnectionHooks): Connection {
  let socket: WebSocket | undefined
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let beat: ReturnType<typeof setInterval> | undefined
  const waiting = new Map<string, (answer: Answered<RequestName>) => void>()

  function open(): void {
    clearTimeout(retry)
    if (socket !== undefined) return
    const opened = new WebSocket(url)
    socket = opened
    opened.onopen = () => {
      beat = setInterval(() => void checkLife(opened), beatMs)
      hooks.opened()
    }
    opened.onmessage = ({ data }) => receive(JSON.parse(String(data)) as PageMessage)
    opened.onclose = () => lost(opened)
  }

  function receive(message: PageMessage): void {
    if ('event' in message) {
      if (message.event === 'hello') failures = 0
      if (message.event === 'hello' && message.ref !== undefined) waiting.get(message.ref)?.({ ok: {} })
      if (message.event === 'hello' && message.ref !== undefined) waiting.delete(message.ref)
      hooks.heard(message)
      return
    }
    const settle = message.ref === undefined ? undefined : waiting.get(message.ref)
    if (message.ref !== undefined) waiting.delete(message.ref)
    settle?.(message as Answered<RequestName>)
  }

  function lost(closed: WebSocket): void {
    if (socket !== closed) return
    forget()
    failures++
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
    retry = setTimeout(open, delayMs)
    hooks.closed(Date.now() + delayMs)
  }

  function forget(): void {
    socket = undefined
    clearInterval(beat)
    const unanswered = [...waiting.values()]
    waiting.clear()
    for (const settle of unanswered)
      settle({ fault: { code: 'unavailable', message: 'The connection is lost' }, isLost: true })
  }

  async function checkLife(checked: WebSocket): Promise<void> {
    const silence = setTimeout(() => {
      checked.close()
      lost(checked)
    }, silenceMs)
    await ask('alive', {})
    clearTimeout(silence)
  }

  function ask<Name extends RequestName>(name: Name, asked: PageAsk<Name>, ref = newRef()): Promise<Answered<Name>> {
    return new Promise((resolve) => {
      waiting.set(ref, resolve as (answer: Answered<RequestName>) => void)
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ do: name, ref, ...asked }))
      else {
        waiting.delete(ref)
        resolve({ fault: { code: 'unavailable', message: 'There is no connection' }, isLost: true })
      }
    })
  }

  return {
    ask,
    open,
    retryLater() {
      const closing = socket
      closing?.close()
      if (closing !== undefined) lost(closing)
    },
    close() {
      clearTimeout(retry)
      const closing = socket
      forget()
      closing?.close()
      hooks.closed(undefined)
    },
    get isOpen() {
      return socket?.readyState === WebSocket.OPEN
    },
  }
}
