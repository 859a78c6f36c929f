/**
 * The contract of a bus: messages by subject between the parts of a program, wherever they run.
 *
 *   publish ─▶ every subscription whose pattern fits          at most once
 *   request ─▶ one responder of the subject ─▶ its answer     once, or a typed error
 *
 * It promises no more than what NATS core can keep too, so that another engine may stand behind it; docs/bus.md says all of it.
 */

/** What is heard of the connection itself; buses in one thread never emit `lost` and `gap`. */
export interface BusEvents {
  /** The connection is gone. Requests that were sent have failed; what is published waits, within limits. */
  lost: { readonly error: Error }
  /** It is back, and subscriptions and responders are there again: what others published meanwhile is lost. */
  gap: { readonly lostMs: number }
  /** The bus is closed and stays so; `error` says why when nobody asked for it. */
  closed: { readonly error: Error | undefined }
}

/** One subscription, or one responder. */
export interface Subscription {
  /** Resolves once the hub knows of it: whatever is published after that is heard. Throws CLOSED. */
  readonly ready: Promise<void>
  /** Nothing more is heard from now on, not even what is under way. */
  close(): void
}

export interface RequestOptions {
  /** Longest wait for the answer, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The state of one end of a bus, and what it has counted since it was made. */
export interface BusStatus {
  readonly state: 'open' | 'lost' | 'closed'
  /** Different patterns that are subscribed to, and subjects that are answered. */
  readonly subscriptions: number
  readonly responders: number
  readonly published: number
  /** Messages that came; each counts once, however many subscriptions heard it. */
  readonly received: number
  /** Messages not sent: too much waited for the hub already. */
  readonly dropped: number
  /** Requests of this end without an answer yet. */
  readonly waiting: number
  /** How often the connection was lost and came back. */
  readonly gaps: number
}

/** Called with each message; the bytes are shared by all who hear them, so nobody may write to them. */
export type Hear = (payload: Uint8Array, subject: string) => void

/** Called with each request; what it throws, the requester gets as its error. */
export type Answer = (payload: Uint8Array, subject: string) => Uint8Array | Promise<Uint8Array>

export interface Bus {
  /**
   * Gives the payload to all that subscribe to the subject now: at most once, in order for one publisher and subject, and never within
   * this call. The payload is copied. The publisher's own subscriptions hear it too, unless the bus was made with `echo: false`.
   * Throws SUBJECT_INVALID, PAYLOAD_TOO_LONG, CLOSED.
   */
  publish(subject: string, payload: Uint8Array): void
  /**
   * Hears a subject, or a pattern: `chat.room.*` stands for one word in place of `*`, `chat.>` for one or more at the end.
   * Throws SUBJECT_INVALID, CONTROL_BUSY (too many subscriptions), CLOSED.
   */
  subscribe(pattern: string, hear: Hear): Subscription
  /** Answers requests of a subject; of several responders one is asked. Throws SUBJECT_INVALID, CONTROL_BUSY, CLOSED. */
  respond(subject: string, answer: Answer): Subscription
  /**
   * Asks one responder of the subject. Throws what the responder threw, NO_RESPONDER at once when there is none, RESPONDER_LOST or
   * TIMED_OUT when it ended meanwhile, CONNECTION_RESET when this end's connection did, TIMED_OUT, ABORTED, QUEUE_FULL (too many
   * requests wait), SUBJECT_INVALID, PAYLOAD_TOO_LONG (the answer, too), CLOSED.
   */
  request(subject: string, payload: Uint8Array, options?: RequestOptions): Promise<Uint8Array>
  /** Subscribes to what happens to the connection; returns the function that unsubscribes. */
  on<Name extends keyof BusEvents>(name: Name, listener: (event: BusEvents[Name]) => void): () => void
  /**
   * Resolves once the hub has taken all that was published before. Throws CONNECTION_RESET when the connection was lost meanwhile, and
   * CLOSED.
   */
  flush(): Promise<void>
  status(): BusStatus
  /** Sends what waits, then lets go: requests fail with CLOSED, and nothing more is heard. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of every end of a bus. */
export interface EndOptions {
  /** Whether this end's own subscriptions hear what it publishes. @default true */
  readonly echo?: boolean
  /** Most requests of this end that wait for an answer. @default 65_536 */
  readonly requests?: number
}

export interface ConnectBusOptions extends EndOptions {
  /** Longest wait for the connection and the hub's greeting, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
  /** Most bytes that wait to be sent, also while the connection is lost; what comes then is dropped and counted. @default 8_388_608 */
  readonly pendingBytes?: number
  /** First and longest pause before another attempt to connect, in milliseconds; each is up to half as long again, by chance. @default 20, 2_000 */
  readonly backoffMs?: number
  readonly backoffMaxMs?: number
  /** Attempts in a row after which the bus is closed. @default Infinity */
  readonly attempts?: number
}

export interface HubOptions extends EndOptions {
  /** Where the socket is; its folder must be private. @default a fresh private folder, removed at the end */
  readonly path?: string
  /** Bytes that may wait for one connection that does not read; then it is cut off. @default 8_388_608 */
  readonly queueBytes?: number
  /** Most connections. @default 1_024 */
  readonly connections?: number
  /** Most subscriptions and responders of one connection. @default 100_000 */
  readonly subscriptions?: number
}

export interface HubStatus {
  readonly path: string
  readonly connections: number
  /** Patterns subscribed to, and subjects answered, over all ends. */
  readonly subscriptions: number
  readonly responders: number
  readonly published: number
  /** Copies handed to ends: one for each end that is interested. */
  readonly delivered: number
  /** Published, and nobody was interested. */
  readonly unheard: number
  readonly requests: number
  /** Requests without an answer yet. */
  readonly waiting: number
  /** Bytes that wait for connections to read them. */
  readonly queuedBytes: number
  /** Connections cut off because they did not read. */
  readonly slowCut: number
  /** Connections closed because what they sent is no protocol of a bus. */
  readonly invalidCut: number
  /** Connections refused: of another user, or too many. */
  readonly refused: number
}

/** Where the connections of a bus meet. */
export interface Hub {
  readonly path: string
  /** The hub's own side: no socket lies between. */
  readonly bus: Bus
  status(): HubStatus
  /** Lets go of all connections, and removes the socket. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
