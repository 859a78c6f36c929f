/** One end of a pipe as a socket of its own. Needs the addon. */
import { Channel, DescriptorTransport } from './channel/index.ts'
import type { SharedForm } from './codec/index.ts'
import { OwnedDescriptor } from './memory/owned-descriptor.ts'

/** `send` waits while more than this is on its way, and the other end stops reading when as much waits to be received. */
export const windowBytes = 1_048_576
const valueMessage = 1
const sent = Promise.resolve()

/** What an end tells its connection. */
export interface PipeEvents {
  value(value: unknown, bytes: number): void
  /** Nothing more will arrive. */
  ended(error?: Error): void
  /** Whether the connection receives at all. */
  readonly reads: boolean
}

/** An end that is not used yet: it may still go to another process. */
export interface PipeEnd {
  open(events: PipeEvents): PipeLine
  /** Closes it unused. */
  discard(): void
  /** It belongs to another process now. */
  leave(): void
  form(kind: string, direction: string): SharedForm
}

/** An end in use. */
export interface PipeLine {
  /** Resolves as soon as there is room for another. Throws NOT_SERIALIZABLE. */
  send(value: unknown): Promise<void>
  /** See `Channel.runNow`. */
  runNow(writes: boolean, timeoutMs: number): boolean
  /** Bytes that the other end has not yet taken. */
  readonly waitingBytes: number
  pause(yes: boolean): void
  ref(yes: boolean): void
  /** What was sent still arrives. */
  close(): void
}

export class SocketEnd implements PipeEnd {
  readonly #owned: OwnedDescriptor

  /** The descriptor belongs to the end. */
  constructor(descriptor: number) {
    this.#owned = new OwnedDescriptor(descriptor)
  }

  open({ value, ended }: PipeEvents): PipeLine {
    return new ChannelLine(
      new Channel(new DescriptorTransport(this.#owned.leave()), {
        message: (_, values) => {
          const bytes = values.end - values.position
          value(values.value(), bytes)
        },
        ended,
      }),
    )
  }

  discard(): void {
    this.#owned.close()
  }

  leave(): void {
    this.discard()
  }

  form(kind: string, direction: string): SharedForm {
    return { kind, data: direction, descriptors: [this.#owned.number] }
  }
}

class ChannelLine implements PipeLine {
  readonly #channel: Channel

  constructor(channel: Channel) {
    this.#channel = channel
  }

  send(value: unknown): Promise<void> {
    const channel = this.#channel
    channel.send(valueMessage, value)
    return channel.waitingBytes > windowBytes ? channel.drained(windowBytes / 2) : sent
  }

  runNow(writes: boolean, timeoutMs: number): boolean {
    return this.#channel.runNow(writes, timeoutMs)
  }

  get waitingBytes(): number {
    return this.#channel.waitingBytes
  }

  pause(yes: boolean): void {
    this.#channel.pause(yes)
  }

  ref(yes: boolean): void {
    this.#channel.ref(yes)
  }

  close(): void {
    void this.#channel.drained().then(() => this.#channel.close())
  }
}
