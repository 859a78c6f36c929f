/** A child that is a lane of a pool: it runs the tasks it is given, one after the other, in the order in which they come. */
import { errorToWire, fail, isLaneworkError } from '../../core/index.ts'
import type { Channel } from '../channel/index.ts'
import type { Decoder } from '../codec/index.ts'
import { callTask, isThenable } from '../pool/call.ts'
import type { LaneOrder } from '../pool/child-lane.ts'
import { setCurrentTask, type TaskContext } from '../pool/context.ts'
import { poolMessage, timedFlag, type Mode } from '../pool/messages.ts'
import { Slots, type SlotMemory } from '../pool/slots.ts'
import { findTask, type AnyFunction, type TaskAddress } from '../task.ts'

interface GivenTask {
  readonly id: number
  readonly slot: number
  readonly flags: number
  readonly attempt: number
  readonly number: number
  readonly args: readonly unknown[]
}

/** After so long the lane listens to its channel again, and what is done is on its way. */
const turnMs = 5
/** A result waits for others no longer than this. */
const resultMs = 0.5

export class LaneRunner {
  readonly #channel: Channel
  readonly #name: string
  readonly #slots: Slots | undefined
  readonly #tasks: (AnyFunction | Promise<AnyFunction>)[] = []
  readonly #queue: GivenTask[] = []
  #head = 0
  #running: GivenTask | undefined
  #controller: AbortController | undefined
  #busy = false
  #sentMs = 0

  constructor(channel: Channel, name: string, order: LaneOrder) {
    this.#channel = channel
    this.#name = name
    this.#slots = order.slots === undefined ? undefined : new Slots(order.slots as SlotMemory)
  }

  /** Runs the initialiser, then says that it is ready. */
  async start({ initializer, initialArgs }: LaneOrder): Promise<void> {
    if (initializer !== undefined) await (await findTask(initializer))(...initialArgs)
    this.#channel.send(poolMessage.ready)
  }

  hear(kind: number, values: Decoder): void {
    if (kind === poolMessage.task) this.#take(values)
    else if (kind === poolMessage.define) this.#define(values.value() as number, values.value() as TaskAddress)
    else if (kind === poolMessage.abort && values.value() === this.#running?.id) this.#controller?.abort()
  }

  #define(number: number, address: TaskAddress): void {
    const loading = findTask(address)
    this.#tasks[number] = loading
    loading.then(
      (run) => (this.#tasks[number] = run),
      () => {}, // each task that needs it fails
    )
  }

  #take(values: Decoder): void {
    const id = values.uint32()
    const slot = values.uint8()
    const flags = values.uint8()
    const attempt = values.varint()
    const number = values.varint()
    const count = values.varint()
    const args: unknown[] = []
    for (let index = 0; index < count; index++) args.push(values.value())
    this.#queue.push({ id, slot, flags, attempt, number, args })
    if (!this.#busy) this.#work()
  }

  /** Runs what is queued until it is empty, a task has to be waited for, or the turn is over. */
  #work(): void {
    const startMs = performance.now()
    this.#sentMs = startMs
    while (this.#head < this.#queue.length) {
      const given = this.#queue[this.#head++] as GivenTask
      const waiting = this.#run(given)
      if (waiting !== undefined) {
        this.#busy = true
        this.#channel.flush()
        void waiting.then(() => this.#goOn())
        return
      }
      if (performance.now() - startMs > turnMs && this.#head < this.#queue.length) {
        this.#busy = true
        setImmediate(() => this.#goOn())
        return
      }
    }
    this.#queue.length = 0
    this.#head = 0
  }

  #goOn(): void {
    this.#busy = false
    this.#work()
  }

  /** A promise when the task has to be waited for. */
  #run(given: GivenTask): Promise<void> | undefined {
    const run = this.#tasks[given.number] as AnyFunction | Promise<AnyFunction>
    if (typeof run !== 'function') return this.#runAfterLoading(given, run)
    if (this.#slots?.begin(given.slot, given.id, (given.flags & timedFlag) !== 0) === false) return undefined
    const startMs = performance.now()
    this.#running = given
    setCurrentTask(this.#contextOf(given))
    try {
      const value = callTask(run, (given.flags & 3) as Mode, given.args)
      if (isThenable(value)) return this.#wait(given, startMs, value)
      this.#succeed(given, startMs, value)
    } catch (error) {
      this.#fail(given, startMs, error)
    }
    return undefined
  }

  async #runAfterLoading(given: GivenTask, loading: Promise<AnyFunction>): Promise<void> {
    try {
      await loading
    } catch (error) {
      if (this.#slots?.begin(given.slot, given.id, false) !== false) this.#fail(given, performance.now(), error)
      return
    }
    await this.#run(given)
  }

  async #wait(given: GivenTask, startMs: number, value: PromiseLike<unknown>): Promise<void> {
    try {
      this.#succeed(given, startMs, await value)
    } catch (error) {
      this.#fail(given, startMs, error)
    }
  }

  /** The signal is made only for a task that asks for it. */
  #contextOf({ id, attempt }: GivenTask): TaskContext {
    this.#controller = undefined
    return new RunningTask(id, attempt, this.#name, () => (this.#controller ??= new AbortController()).signal)
  }

  #succeed(given: GivenTask, startMs: number, value: unknown): void {
    const nowMs = this.#ended()
    const encoder = this.#channel.begin(poolMessage.result)
    try {
      encoder.uint32(given.id)
      encoder.varint((nowMs - startMs) * 1000)
      encoder.value(value)
      this.#channel.commit()
    } catch (error) {
      this.#channel.cancel()
      this.#fail(given, startMs, ofResult(error))
      return
    }
    this.#hurry(nowMs)
  }

  #fail(given: GivenTask, startMs: number, error: unknown): void {
    const nowMs = this.#ended()
    const encoder = this.#channel.begin(poolMessage.failure)
    encoder.uint32(given.id)
    encoder.varint((nowMs - startMs) * 1000)
    encoder.value(errorToWire(error))
    this.#channel.commit()
    this.#hurry(nowMs)
  }

  #ended(): number {
    this.#running = undefined
    setCurrentTask(undefined)
    return performance.now()
  }

  /** Results go together, but none of them waits long for a slow task behind it. */
  #hurry(nowMs: number): void {
    if (nowMs - this.#sentMs < resultMs) return
    this.#sentMs = nowMs
    this.#channel.flush()
  }
}

class RunningTask implements TaskContext {
  readonly id: number
  readonly attempt: number
  readonly lane: string
  readonly #signal: () => AbortSignal

  constructor(id: number, attempt: number, lane: string, signal: () => AbortSignal) {
    this.id = id
    this.attempt = attempt
    this.lane = lane
    this.#signal = signal
  }

  get signal(): AbortSignal {
    return this.#signal()
  }
}

function ofResult(error: unknown): unknown {
  if (!isLaneworkError(error, 'NOT_SERIALIZABLE')) return error
  return fail('NOT_SERIALIZABLE', { what: 'the result of the task', reason: error.detail.reason }, { cause: error })
}
