// The services of the examples about lanes: threads and processes load this module and find them by their names.
import { threadId } from 'node:worker_threads'
import { lines, service } from 'lanework'
import type { LaneInfo } from 'lanework/server'

let lane: LaneInfo | undefined

/** Upper case, and where it was done. */
export const where = service({
  name: 'where',
  framing: lines(),
  start: (info) => void (lane = info),
  message: (message) => `${String(message).toUpperCase()} ${lane?.kind} ${process.pid} ${threadId}`,
})

/** Each message gets the next number, whichever lane has it. */
export const numbers = service({
  name: 'numbers',
  shared() {
    let last = 0
    return { next: () => ++last }
  },
  start: (info) => void (lane = info),
  message: async (message) => `${message} is number ${await lane?.shared.call('next')}`,
})
