/** What a child does with its channel: the first message says whether it runs one function or is a lane of a pool. */
import { errorToWire } from '../../core/index.ts'
import { Channel, type Transport } from '../channel/index.ts'
import { message, type BeginRole } from '../child/messages.ts'
import type { Decoder } from '../codec/index.ts'
import { becomeChild } from '../current.ts'
import '../index.ts'
import type { LaneOrder } from '../pool/child-lane.ts'
import { isProcessAlive } from '../process-table.ts'
import { failingTransport } from './fail-points.ts'
import { findTask, type TaskAddress } from '../task.ts'
import { rehearse } from './rehearse.ts'
import { LaneRunner } from './run-lane.ts'
import { runOnce, type RunOrder } from './run-once.ts'
import { allSent } from './sent.ts'

export interface Surroundings {
  readonly parentPid: number
  /** Ends this process or thread. */
  readonly end: (code: number) => never
}

/** What the child is for. */
export type Order = { readonly run: RunOrder } | { readonly lane: LaneOrder }

/** A child that hears nothing for so long is one that is kept ready. */
const restMs = 20

export function serve(transport: Transport, { parentPid, end }: Surroundings): void {
  let lane: LaneRunner | undefined
  const channel = new Channel(failingTransport(transport), {
    message(kind, values) {
      if (kind === message.begin) begin(values)
      else if (kind === message.preload) preload(values.value() as TaskAddress[])
      else lane?.hear(kind, values)
    },
    ended: () => leave(),
  })
  const rehearsal = setTimeout(() => void rehearse(), restMs)

  /** The parent is gone, or wants no more. What the tasks of a lane have sent is still on its way to others. */
  function leave(): void {
    if (lane === undefined) end(1)
    void allSent().then(() => end(1))
  }

  function begin(values: Decoder): void {
    clearTimeout(rehearsal)
    const role = values.value() as BeginRole
    becomeChild({
      info: { name: role.name, pid: process.pid, parentPid: role.parentPid, daemon: role.daemon },
      parent: { name: role.parentName, pid: role.parentPid, isAlive: () => isProcessAlive(parentPid) },
    })
    reportUncaught(channel, end)
    if (role.beatMs > 0) setInterval(() => channel.send(message.beat), role.beatMs).unref()
    const order = values.value() as Order
    if ('run' in order) return runOnce(channel, order.run, end)
    channel.frameBytes = order.lane.messageBytes ?? channel.frameBytes
    lane = new LaneRunner(channel, role.name, order.lane)
    lane.start(order.lane).catch((error: unknown) => {
      channel.send(message.failure, errorToWire(error))
      channel.flush()
      end(1)
    })
  }
}

/** What does not load is told when the task is to run. */
function preload(tasks: readonly TaskAddress[]): void {
  for (const address of tasks) findTask(address).catch(() => undefined)
}

/** An error that nobody catches is told to the parent, with its class, code and causes, before it ends the child. */
function reportUncaught(channel: Channel, end: (code: number) => never): void {
  process.on('uncaughtException', (error) => {
    // Whoever listens himself wants to live on.
    if (process.listenerCount('uncaughtException') > 1) return
    console.error(error)
    channel.send(message.uncaught, errorToWire(error))
    channel.flush()
    end(1)
  })
  process.on('exit', () => channel.flush())
}
