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
import { HandleCollector } from './collect-handles.ts'
import { failPoint } from './fail-points.ts'

interface GivenTask {
  readonly id: number
  readonly slot: number
  readonly flags: number
  readonly attempt: number
  readonly number: number
  readonly args: readonly unknown[]
  /** Why its arguments could not be read. */
  readonly problem: unknown
}

/** After so long the lane listens to its channel again, and what is done is on its way. */
const turnMs = 5
/** A result waits for others no longer than this. */
const resultMs = 0.5

export class LaneRunner {
  readonly #channel: Channel
  readonly #name: string
  readonly #slots: Slots | undefined
  readonly #addresses: TaskAddress[] = []
  /** Those whose modules are loaded. */
  readonly #tasks: (AnyFunction | undefined)[] = []
  readonly #queue: GivenTask[] = []
  #head = 0
  readonly #handles = new HandleCollector()
  #running: RunningTask | undefined
  #busy = false
  #sentMs = 0

  constructor(channel: Channel, name: string, order: LaneOrder) {
    this.#channel = channel
    this.#name = name
    this.#slots = order.slots === undefined ? undefined : new Slots(order.slots as SlotMemory)
  }

  /** Runs the initialiser, then says that it is ready. */
  async start({ initializer, initialArgs }: LaneOrder): Promise<void> {
    failPoint('starting')
    if (initializer !== undefined) await (await findTask(initializer))(...initialArgs)
    this.#channel.send(poolMessage.ready)
  }

  hear(kind: number, values: Decoder): void {
    if (kind === poolMessage.task) this.#take(values)
    else if (kind === poolMessage.define) this.#addresses[values.value() as number] = values.value() as TaskAddress
    else if (kind === poolMessage.abort) this.#abort(values.value())
  }

  #abort(id: unknown): void {
    if (this.#running?.id === id) this.#running?.abort()
  }

  #take(values: Decoder): void {
    const id = values.uint32()
    const slot = values.uint8()
    const flags = values.uint8()
    const attempt = values.varint()
    const number = values.varint()
    const count = values.varint()
    const args: unknown[] = []
    let problem: unknown
    try {
      for (let index = 0; index < count; index++) args.push(values.value())
    } catch (error) {
      problem = error // it is the task that fails, not the lane
    }
    this.#queue.push({ id, slot, flags, attempt, number, args, problem })
    if (!this.#busy) this.#work()
  }

  /** Runs what is queued until it is empty, a task has to be waited for, or the turn is over. */
  #work(): void {
    const startMs = performance.now()
    this.#sentMs = startMs
    while (this.#head < this.#queue.length) {
      if (this.#handles.isDue) return this.#collectHandles()
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

  /** What tasks were given that are done is in nobody's hands, unless they kept it. */
  #collectHandles(): void {
    this.#busy = true
    this.#queue.splice(0, this.#head)
    this.#head = 0
    this.#channel.flush()
    void this.#handles.run().then(() => this.#goOn())
  }

  #goOn(): void {
    this.#busy = false
    this.#work()
  }

  /** A promise when the task has to be waited for. */
  #run(given: GivenTask): Promise<void> | undefined {
    const run = this.#tasks[given.number]
    const isTimed = (given.flags & timedFlag) !== 0
    if (this.#slots?.begin(given.slot, given.id, isTimed && run !== undefined) === false) return undefined
    this.#running = new RunningTask(given.id, given.attempt, this.#name)
    if (given.problem !== undefined) {
      this.#fail(given, performance.now(), given.problem)
      return undefined
    }
    if (run === undefined) return this.#runAfterLoading(given)
    if (isTimed && this.#slots === undefined) this.#tellBegun(given)
    return this.#call(given, run)
  }

  #call(given: GivenTask, run: AnyFunction): Promise<void> | undefined {
    failPoint('begun')
    const startMs = performance.now()
    setCurrentTask(this.#running)
    try {
      const value = callTask(run, (given.flags & 3) as Mode, given.args)
      if (isThenable(value)) return this.#wait(given, startMs, value)
      this.#succeed(given, startMs, value)
    } catch (error) {
      this.#fail(given, startMs, error)
    }
    return undefined
  }

  /**
   * The module is loaded when its first task is to run, not sooner: a task that runs may start processes, a module that
   * is loaded may not. A lane that dies of it dies with this task; the task's time does not count yet.
   */
  async #runAfterLoading(given: GivenTask): Promise<void> {
    failPoint('import')
    let run: AnyFunction
    try {
      run = await findTask(this.#addresses[given.number] as TaskAddress)
      this.#tasks[given.number] = run
    } catch (error) {
      this.#fail(given, performance.now(), error)
      return
    }
    if ((given.flags & timedFlag) !== 0) {
      if (this.#slots === undefined) this.#tellBegun(given)
      else this.#slots.stamp(given.slot)
    }
    await this.#call(given, run)
  }

  /** Without shared memory the pool has to be told, before the task keeps this thread busy. */
  #tellBegun(given: GivenTask): void {
    this.#channel.send(poolMessage.begun, given.id)
    this.#channel.flush()
  }

  async #wait(given: GivenTask, startMs: number, value: PromiseLike<unknown>): Promise<void> {
    try {
      this.#succeed(given, startMs, await value)
    } catch (error) {
      this.#fail(given, startMs, error)
    }
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
    try {
      this.#sendFailure(given, nowMs - startMs, error)
    } catch (problem) {
      // An error too long to send, or that breaks while it is read.
      this.#sendFailure(
        given,
        nowMs - startMs,
        fail('NOT_SERIALIZABLE', { what: 'the error of the task', reason: String(problem) }),
      )
    }
    this.#hurry(nowMs)
  }

  #sendFailure(given: GivenTask, ranMs: number, error: unknown): void {
    const wire = errorToWire(error)
    const encoder = this.#channel.begin(poolMessage.failure)
    encoder.uint32(given.id)
    encoder.varint(ranMs * 1000)
    encoder.value(wire)
    this.#channel.commit()
  }

  #ended(): number {
    this.#running = undefined
    setCurrentTask(undefined)
    return performance.now()
  }

  /** Results go together, but none of them waits long for a slow task behind it. */
  #hurry(nowMs: number): void {
    failPoint('result', () => this.#channel.flush())
    if (nowMs - this.#sentMs < resultMs) return
    this.#sentMs = nowMs
    this.#channel.flush()
  }
}

/** The signal is made only for a task that asks for it, before or after it was aborted. */
class RunningTask implements TaskContext {
  readonly id: number
  readonly attempt: number
  readonly lane: string
  #controller: AbortController | undefined
  #aborted = false

  constructor(id: number, attempt: number, lane: string) {
    this.id = id
    this.attempt = attempt
    this.lane = lane
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort()
  }
}

function ofResult(error: unknown): unknown {
  if (!isLaneworkError(error, 'NOT_SERIALIZABLE')) return error
  return fail('NOT_SERIALIZABLE', { what: 'the result of the task', reason: error.detail.reason }, { cause: error })
}
