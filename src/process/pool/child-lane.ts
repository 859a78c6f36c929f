/** A lane in a process or thread of its own. */
import { readFileSync } from 'node:fs'

import { errorFromWire, type WireError } from '../../core/index.ts'
import type { Child, ChildOptions } from '../child/child.ts'
import { message, type BeginRole } from '../child/messages.ts'
import { startChild } from '../child/start.ts'
import type { Decoder } from '../codec/index.ts'
import { currentProcess } from '../current.ts'
import type { Death } from '../death.ts'
import type { TaskAddress } from '../task.ts'
import type { Entry } from './entry.ts'
import type { Lane, LaneEvents, Outcome } from './lane.ts'
import { poolMessage, timedFlag } from './messages.ts'
import { idLimit, newSlotMemory, slotCount, Slots } from './slots.ts'
import type { LaneState, LaneStatus } from './types.ts'

/** A lane is given so much work ahead, by what its tasks are expected to take: enough to hide the way there and back. */
const aheadUs = 300
/** Nor is it given more while so many bytes are still on their way to it. */
const aheadBytes = 262_144
/** A lane that has nothing left to do and was told to end is killed after so long. */
const endMs = 1_000

export interface ChildLaneOptions extends ChildOptions {
  readonly kind: 'thread' | 'process'
  readonly initializer: TaskAddress | undefined
  readonly initialArgs: readonly unknown[]
  readonly messageBytes: number | undefined
}

/** What a lane is told first. */
export interface LaneOrder {
  readonly initializer: TaskAddress | undefined
  readonly initialArgs: readonly unknown[]
  readonly slots: unknown
  readonly messageBytes: number | undefined
}

export class ChildLane implements Lane {
  readonly entries: Map<number, Entry> = new Map()
  readonly startedMs: number = performance.now()
  state: LaneState = 'starting'
  #tasks = 0
  readonly #options: ChildLaneOptions
  readonly #events: LaneEvents
  readonly #child: Child
  readonly #slots: Slots | undefined
  readonly #freeSlots: number[] = []
  /** Numbers by which the lane knows the tasks it has been given. */
  readonly #defined = new Map<string, number>()
  #nextId = 0
  /** What all it has been given is expected to take. */
  #expectedUs = 0
  /** Without slots: when the task it was given was called. */
  #calledMs: number | undefined

  constructor(options: ChildLaneOptions, events: LaneEvents) {
    this.#options = options
    this.#events = events
    const memory = newSlotMemory(options.kind)
    this.#slots = memory === undefined ? undefined : new Slots(memory)
    const slots = this.#slots === undefined ? 1 : slotCount
    for (let slot = slots - 1; slot >= 0; slot--) this.#freeSlots.push(slot)
    this.#child = this.#start()
    this.#child.ref(false)
    this.#child.onMessage = (kind, values) => this.#hear(kind, values)
    const { initializer, initialArgs, messageBytes } = options
    this.#child.channel.frameBytes = messageBytes ?? this.#child.channel.frameBytes
    const order: LaneOrder = { initializer, initialArgs, slots: memory, messageBytes }
    try {
      this.#child.channel.send(message.begin, this.#role(), { lane: order })
    } catch (error) {
      this.startError = error as Error
      this.kill()
    }
    this.#child.channel.flush()
    this.#child.ended.then(
      (death) => this.#end(death),
      (error: Error) => this.#end(undefined, error),
    )
  }

  get status(): LaneStatus {
    return {
      name: this.#options.name,
      kind: this.#options.kind,
      pid: this.#child.pid,
      state: this.state === 'ready' && this.entries.size > 0 ? 'running' : this.state,
      tasks: this.#tasks,
      inFlight: this.entries.size,
    }
  }

  /** Why it could not be started. */
  startError: Error | undefined

  get hasRoom(): boolean {
    if (this.state !== 'ready') return false
    if (this.entries.size === 0) return true
    return this.#freeSlots.length > 0 && this.#expectedUs < aheadUs && this.#child.channel.waitingBytes < aheadBytes
  }

  give(entry: Entry): void {
    const { channel } = this.#child
    const number = this.#define(entry.address)
    const id = this.#nextId === idLimit ? 1 : this.#nextId + 1
    const slot = this.#freeSlots.at(-1) as number
    const encoder = channel.begin(poolMessage.task)
    try {
      encoder.uint32(id)
      encoder.uint8(slot)
      encoder.uint8(entry.mode | (entry.timeoutMs === Infinity ? 0 : timedFlag))
      encoder.varint(entry.lost + 1)
      encoder.varint(number)
      encoder.varint(entry.args.length)
      for (const argument of entry.args) encoder.value(argument)
    } catch (error) {
      channel.cancel()
      throw error
    }
    this.#slots?.give(slot, id)
    this.#calledMs = undefined
    channel.commit()
    this.#nextId = id
    this.#freeSlots.pop()
    entry.id = id
    entry.slot = slot
    this.entries.set(id, entry)
    this.#expectedUs += entry.expectedUs
  }

  takeBack(entry: Entry): boolean {
    if (this.#slots === undefined || !this.#slots.takeBack(entry.slot, entry.id)) return false
    this.#forget(entry)
    this.#endIfDrained()
    return true
  }

  hasBegun(entry: Entry): boolean {
    return this.#slots?.hasBegun(entry.slot, entry.id) ?? true
  }

  runningMs(entry: Entry): number {
    if (this.#slots !== undefined) return this.#slots.runningMs(entry.slot, entry.id)
    return this.#calledMs === undefined ? 0 : performance.now() - this.#calledMs
  }

  abort(entry: Entry): void {
    this.#child.channel.send(poolMessage.abort, entry.id)
  }

  flush(): void {
    this.#child.channel.flush()
  }

  drain(): void {
    if (this.state === 'dead') return
    this.state = 'draining'
    this.#endIfDrained()
  }

  kill(): void {
    this.#child.signal('SIGKILL')
  }

  rssBytes(): number | undefined {
    if (this.#options.kind === 'thread') return undefined
    try {
      const kib = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'latin1'))?.[1]
      return kib === undefined ? undefined : Number(kib) * 1024
    } catch {
      return undefined
    }
  }

  /** It may be busy with something that is nobody's task, or not even ready; then it does not hear the channel's end. */
  #endIfDrained(): void {
    if (this.state !== 'draining' || this.entries.size > 0) return
    this.#child.channel.close()
    setTimeout(() => this.kill(), endMs).unref()
  }

  #start(): Child {
    try {
      return startChild(this.#options.kind === 'thread' ? 'thread' : 'spawn', this.#options)
    } catch (error) {
      this.#slots?.close()
      throw error
    }
  }

  #role(): BeginRole {
    const { name } = this.#options
    return { name, parentName: currentProcess().name, parentPid: process.pid, daemon: true, beatMs: 0 }
  }

  #define(address: TaskAddress): number {
    const key = `${address.url}#${address.name}`
    const known = this.#defined.get(key)
    if (known !== undefined) return known
    const number = this.#defined.size
    this.#defined.set(key, number)
    this.#child.channel.send(poolMessage.define, number, address)
    return number
  }

  #hear(kind: number, values: Decoder): void {
    switch (kind) {
      case poolMessage.result:
      case poolMessage.failure:
        return this.#done(kind, values)
      case poolMessage.begun:
        if (this.entries.has(values.value() as number)) this.#calledMs = performance.now()
        return
      case poolMessage.ready:
        if (this.state !== 'starting') return
        this.state = 'ready'
        return this.#events.ready(this)
      case message.uncaught:
      case message.failure:
        return this.#child.blame(errorFromWire(values.value() as WireError))
    }
  }

  #done(kind: number, values: Decoder): void {
    const entry = this.entries.get(values.uint32())
    const ranUs = values.varint()
    if (entry === undefined) return
    const outcome = outcomeOf(kind, values)
    this.#tasks += 1
    this.#forget(entry)
    this.#events.done(this, entry, ranUs, outcome)
    this.#endIfDrained()
  }

  #forget(entry: Entry): void {
    this.entries.delete(entry.id)
    this.#freeSlots.push(entry.slot)
    this.#expectedUs = this.entries.size === 0 ? 0 : this.#expectedUs - entry.expectedUs
  }

  #end(death: Death | undefined, error?: Error): void {
    this.state = 'dead'
    this.startError ??= error
    this.#events.ended(this, death)
    this.#slots?.close()
  }
}

/** A result that cannot be read fails its task only. */
function outcomeOf(kind: number, values: Decoder): Outcome {
  try {
    const value = values.value()
    return kind === poolMessage.result ? { value } : { error: errorFromWire(value as WireError) }
  } catch (error) {
    return { error }
  }
}
