/** Input and output: a device works on so many requests at a time, the others wait in order. */
import { deviceOf, type Device, type IoRequest, type Machine } from './state.ts'
import type { IoBurst } from './spec.ts'
import type { Thread } from './thread.ts'

export const defaultDevice = 'io'

/** The thread hands a request to its device. */
export function request(machine: Machine, thread: Thread, burst: IoBurst, sync: boolean): void {
  const device = deviceOf(machine, burst.device ?? defaultDevice)
  const io: IoRequest = { kind: 'io', place: -1, at: Infinity, thread, device, length: burst.io, sync }
  if (device.busy < device.servers) serve(machine, device, io)
  else device.queue.push(io)
}

/** The device is done with a request, and takes the next one. */
export function served(machine: Machine, io: IoRequest): void {
  const { device, thread } = io
  const { row } = thread.job
  device.busy--
  device.used.set(row, (device.used.get(row) ?? 0) + io.length)
  machine.record?.device(device.name, thread, io.at - io.length, io.at)
  const next = device.queue.shift()
  if (next !== undefined) serve(machine, device, next)
}

function serve(machine: Machine, device: Device, io: IoRequest): void {
  device.busy++
  io.at = machine.now + io.length
  machine.timers.push(io, io.at)
}

/** The simulation ends while devices work: what they did so far counts. */
export function stopDevices(machine: Machine): void {
  for (let timer = machine.timers.pop(); timer !== undefined; timer = machine.timers.pop()) {
    if (timer.kind !== 'io') continue
    const { device, thread, length, at } = timer
    const from = at - length
    const { row } = thread.job
    device.used.set(row, (device.used.get(row) ?? 0) + machine.now - from)
    machine.record?.device(device.name, thread, from, machine.now)
  }
}
