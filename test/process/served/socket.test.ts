/** The socket of served objects: who may reach it, and what garbage does. Served queues work with the addon too. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { test } from 'node:test'
import { Manager, Process, Queue } from '#lanework/process/index.js'
import { recordLayout } from '#lanework/process/queue/layout.js'
import { ServedQueue } from '#lanework/process/served/queue.js'
import type { ServedForm } from '#lanework/process/served/handle.js'
import { until } from '../../support/until.ts'
import * as tasks from './tasks.ts'

function servedQueue<Item>(): Queue<Item> {
  return new Queue<Item>({}, ServedQueue.serve<Item, Item[]>(recordLayout(1_024, 1_048_576)))
}

function pathOf(queue: Queue<never>): string {
  return (queue.toShared().data as ServedForm).path
}

async function open(path: string): Promise<Socket> {
  await until('the socket is there', () => existsSync(path))
  const socket = createConnection(path)
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.resume()
  return socket
}

test('the socket listens as soon as anybody can be told of it, and only its user can reach it', () => {
  using queue = servedQueue<never>()
  const path = pathOf(queue)
  // In the same turn: whoever was told may be faster than what comes after it.
  const program = `require('net').connect(process.argv[1], process.exit)`
  assert.equal(spawnSync(process.execPath, ['-e', program, path]).status, 0)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
})

test('what processes that were killed left is removed, whoever answers stays', async () => {
  using queue = servedQueue<never>()
  const folder = dirname(pathOf(queue))
  // Of no process that can be seen here: one is gone, one lives in another container.
  const [left, answered] = ['1', '2'].map((end) => join(folder, `4999999-${end}.sock`)) as [string, string]
  const leaving = createServer().listen(`${left}-`)
  await once(leaving, 'listening')
  renameSync(`${left}-`, left)
  leaving.close()
  const server = createServer().listen(answered)
  try {
    await once(server, 'listening')
    await using _manager = await Manager.start({ place: 'process' })
    await until('it is swept', () => !existsSync(left))
    assert.ok(existsSync(answered))
  } finally {
    server.close()
    rmSync(left, { force: true })
  }
})

test('garbage ends its own connection and no other', async () => {
  using queue = servedQueue<number>()
  const path = pathOf(queue as never)
  const other = await new Process(tasks.putNumbers, [queue, 0, 100]).start()
  const frame = (kind: number, body: Buffer): Buffer => {
    const header = Buffer.alloc(12)
    header.writeUInt32LE(body.length, 0)
    header.writeUInt16LE(kind, 4)
    return Buffer.concat([header, body])
  }
  const hello = frame(1, Buffer.from([1, 0, 0, 0]))
  const call = frame(6, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0]))
  const pieces = [
    Buffer.alloc(40, 0xff),
    frame(1, Buffer.from([9, 0, 0, 0])),
    frame(6, Buffer.alloc(8)),
    Buffer.concat([hello, call]),
    Buffer.concat([hello, frame(99, Buffer.alloc(4))]),
    Buffer.concat([hello, frame(6, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 18, 3, 1, 2, 3]))]),
    Buffer.concat([
      hello,
      frame(6, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 16, 6, 7, ...Buffer.from('segment'), 0, 0, 0])),
    ]),
  ]
  for (const piece of pieces) {
    const socket = await open(path)
    const closed = once(socket, 'close')
    socket.write(piece)
    await closed
  }
  let state = 12_345
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) >> 8
  for (let round = 0; round < 30; round++) {
    const socket = await open(path)
    const body = Buffer.from(Array.from({ length: 8 + (random() % 40) }, () => random() & 0xff))
    socket.write(Buffer.concat([hello, frame(2 + (random() % 8), body)]))
    socket.destroy()
  }
  assert.equal(await other.result(), 100)
  assert.equal((await queue.getMany(200)).length, 100)
})

test('many clients come and go', async () => {
  using queue = servedQueue<number>()
  const children = Array.from({ length: 8 }, (_, index) => {
    return new Process(tasks.putNumbers, [queue, index * 1_000, 200], { startMethod: index < 2 ? 'spawn' : 'thread' })
  })
  await Promise.all(children.map((child) => child.start()))
  const got = new Set<number>()
  while (got.size < 1_600) for (const item of await queue.getMany(100)) got.add(item)
  for (const child of children) assert.equal(await child.result(), 200)
  assert.ok(queue.empty())
})
