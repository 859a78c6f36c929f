/** What a channel runs over: bytes in order both ways, and whatever can go along with them. */

/** Where a transport puts what arrives. */
export interface Sink {
  /** Room to read into; never empty. */
  room(): Buffer
  /** So many bytes of the room were filled; what came along with them. */
  filled(bytes: number, descriptors: readonly number[], locals: readonly unknown[]): void
  /** Nothing more will arrive. With an error if the transport broke. */
  ended(error?: Error): void
  /** There is room to write again. */
  writable(): void
}

export interface Transport {
  /** Whether descriptors can go along. */
  readonly passesDescriptors: boolean
  /** Whether objects of this process can go along: the other end is a thread of it. */
  readonly passesLocals: boolean
  /** Bytes it has taken and not yet handed to the system; a process that ended now would take them along. */
  readonly waitingBytes?: number
  start(sink: Sink): void
  /**
   * Writes the bytes from `start` to `end`; how many were taken. Fewer than given: `writable` tells when to go on.
   * The luggage goes with the first byte.
   */
  write(bytes: Buffer, start: number, end: number, descriptors: readonly number[], locals: readonly unknown[]): number
  /** Stops or resumes reading; what is not read waits at the sender. */
  pause(yes: boolean): void
  /** Whether it keeps the program running. */
  ref(yes: boolean): void
  close(): void
  /** Blocks the thread until it can be read or, if so asked, written, and does so; false after the time (-1: no limit). */
  runNow?(writes: boolean, timeoutMs: number): boolean
}

/** Descriptors that one write can carry. */
export const descriptorsPerWrite = 64
