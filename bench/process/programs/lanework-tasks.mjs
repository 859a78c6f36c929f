// The tasks of the benchmark as lanework's processes and lanes run them.

import { task } from './lanework.mjs'
import * as functions from './functions.mjs'

export const add = task(import.meta, 'add', functions.add)
export const increment = task(import.meta, 'increment', functions.increment)
export const incrementAll = task(import.meta, 'incrementAll', functions.incrementAll)
export const touch = task(import.meta, 'touch', functions.touch)
export const touchOnly = task(import.meta, 'touchOnly', functions.touchOnly)
export const work = task(import.meta, 'work', functions.work)

/** Touches a SharedArray, of which no byte is copied. */
export const touchShared = task(import.meta, 'touchShared', (shared) => {
  functions.touch(shared.array ?? shared.view ?? shared)
  return shared
})

async function consume(get, isEnd, replies) {
  let received = 0
  for (;;) {
    const values = await get()
    received += values.length
    if (!isEnd(values.at(-1))) continue
    await replies.put(received - 1)
    received = 0
  }
}

export const consumeOne = task(import.meta, 'consumeOne', async (queue, replies) => {
  let received = 0
  for (;;) {
    if ((await queue.get()) !== null) {
      received += 1
      continue
    }
    await replies.put(received)
    received = 0
  }
})
export const consumeMany = task(import.meta, 'consumeMany', (queue, replies) =>
  consume(
    () => queue.getMany(64),
    (last) => last === null,
    replies,
  ),
)
export const consumeDoubles = task(import.meta, 'consumeDoubles', (queue, replies) =>
  consume(
    () => queue.getMany(4_096),
    (last) => last === -1,
    replies,
  ),
)

export const echoBytes = task(import.meta, 'echoBytes', async (connection) => {
  for (;;) {
    const bytes = await connection.recvBytes()
    if (bytes.length === 1) return
    await connection.sendBytes(bytes)
  }
})
export const echoBlocking = task(import.meta, 'echoBlocking', (connection) => {
  for (;;) {
    const bytes = connection.recvSync()
    if (bytes.length === 1) return
    connection.sendSync(bytes)
  }
})
export const echoValues = task(import.meta, 'echoValues', async (connection) => {
  for (;;) {
    const value = await connection.recv()
    if (value === null) return
    await connection.send(value)
  }
})
