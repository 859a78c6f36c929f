/** A child that runs one function, or the `run` of an object, and ends. */
import { errorToWire, fail, isLaneworkError } from '../../core/index.ts'
import type { Channel } from '../channel/index.ts'
import { message } from '../child/messages.ts'
import { makeOwnObject } from '../current.ts'
import { findTask, type TaskAddress } from '../task.ts'
import { allSent } from './sent.ts'

/** What a child that runs one function is told. */
export interface RunOrder {
  readonly address: TaskAddress
  readonly args: readonly unknown[]
  /** Of an object: its own properties in the parent. */
  readonly state: Readonly<Record<string, unknown>> | undefined
}

export function runOnce(channel: Channel, order: RunOrder, end: (code: number) => never): void {
  void run(channel, order).then(async (code) => {
    await allSent()
    await channel.drained()
    end(code)
  })
}

async function run(channel: Channel, order: RunOrder): Promise<number> {
  try {
    const found = await findTask(order.address)
    channel.send(message.running)
    channel.flush() // the function may never let go of the event loop
    const value = await (order.state === undefined ? found(...order.args) : runObject(found, order))
    await outputWritten()
    sendResult(channel, order.address.name, value)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    console.error(error)
    channel.send(message.failure, errorToWire(error))
    return 1
  }
}

/** Output to a pipe may wait in this process; who has the result may expect it to be out. */
async function outputWritten(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve))
  }
}

function runObject(type: unknown, { args, state }: RunOrder): unknown {
  const object = makeOwnObject(() => new (type as new (...args: unknown[]) => { run(): unknown })(...args))
  return Object.assign(object, state).run()
}

function sendResult(channel: Channel, name: string, value: unknown): void {
  try {
    channel.send(message.result, value)
  } catch (error) {
    throw isLaneworkError(error, 'NOT_SERIALIZABLE')
      ? fail('NOT_SERIALIZABLE', { what: `the result of ${name}`, reason: error.detail.reason }, { cause: error })
      : error
  }
}
