// What the pieces that lanes share cost: counter increments, slots and rate checks a second, in one thread over ordinary memory
// and over memory that processes share (with the addon), and by two processes at once on the same table. Medians of
// five rounds, in millions a second.
//
//   node bench/micro/shared.mjs

import { fork } from 'node:child_process'
import { SharedMemory } from '../../dist/process/index.js'
import { prefixKey, SlidingWindow, TokenBucket } from '../../dist/server/index.js'
import { ConnectionSlots } from '../../dist/server/shared/connection-slots.js'
import { MeasureTable } from '../../dist/server/shared/measure-table.js'
import { newLaneMemory } from '../../dist/server/shared/memory.js'
import { SlidingWindowTable } from '../../dist/server/shared/sliding-window-table.js'
import { TokenBucketTable } from '../../dist/server/shared/token-bucket-table.js'

const times = 1_000_000
const rounds = 5
const declaration = {
  version: 1,
  lane: { counters: ['messages', 'bytes', 'replies'], histograms: ['took'] },
  service: {},
  listener: {},
}
const hosts = Array.from({ length: 4_096 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
const bucketOptions = { ratePerSecond: 100_000, burst: 1_000 }
const windowOptions = { limit: 100_000, windowMs: 1_000 }

/** Each way is a function that works so many times. */
function waysOn(kind) {
  const sizes = { lanes: 2, listeners: 0 }
  const table = MeasureTable.create(newLaneMemory(kind, MeasureTable.bytesFor(declaration, sizes)), declaration, sizes)
  const { own } = table.writer(0)
  const { cells } = own.counters
  const took = own.histogram('took')
  const slotOptions = { lanes: 2, connections: 10_000, connectionsPerAddress: 256 }
  const slots = ConnectionSlots.create(newLaneMemory(kind, ConnectionSlots.bytesFor(slotOptions)), slotOptions).lane(0)
  const buckets = TokenBucketTable.create(newLaneMemory(kind, TokenBucketTable.bytesFor(bucketOptions)), bucketOptions)
  const windows = SlidingWindowTable.create(
    newLaneMemory(kind, SlidingWindowTable.bytesFor(windowOptions)),
    windowOptions,
  )
  return {
    'bare cell': (count) => {
      for (let index = 0; index < count; index++) cells[0] += 1
    },
    add: (count) => {
      for (let index = 0; index < count; index++) own.add(0)
    },
    'stage 3, commit': (count) => {
      for (let index = 0; index < count; index++) {
        own.stage(0)
        own.stage(1, 32)
        own.stage(2)
        own.commit()
      }
    },
    'histogram record': (count) => {
      for (let index = 0; index < count; index++) took.record(index & 4_095)
    },
    'slot, given back': (count) => {
      for (let index = 0; index < count; index++) slots.release(slots.admit(hosts[index & 4_095]))
    },
    'bucket of a source': (count) => {
      for (let index = 0; index < count; index++) buckets.take(hosts[index & 4_095], index / 1_000)
    },
    'window of a source': (count) => {
      for (let index = 0; index < count; index++) windows.take(hosts[index & 4_095], index / 1_000)
    },
  }
}

const pure = {
  'prefixKey, IPv4': (count) => {
    for (let index = 0; index < count; index++) prefixKey(hosts[index & 4_095])
  },
  TokenBucket: (count) => {
    const bucket = new TokenBucket(bucketOptions)
    for (let index = 0; index < count; index++) bucket.take(index / 1_000)
  },
  SlidingWindow: (count) => {
    const window = new SlidingWindow(windowOptions)
    for (let index = 0; index < count; index++) window.take(index / 1_000)
  },
}

function millionsPerSecond(way) {
  const start = process.hrtime.bigint()
  way(times)
  return (times * 1_000) / Number(process.hrtime.bigint() - start)
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

function print(title, ways) {
  console.log(`\n${title}`)
  for (const [name, way] of Object.entries(ways)) {
    const values = Array.from({ length: rounds }, () => millionsPerSecond(way))
    console.log(`  ${name.padEnd(20)} ${median(values).toFixed(1).padStart(8)}`)
  }
}

/** Two processes take from the same buckets; each says how fast it was. */
async function printTwoProcesses() {
  const memory = SharedMemory.create(TokenBucketTable.bytesFor(bucketOptions), { name: `bench-${process.pid}` })
  TokenBucketTable.create(memory, bucketOptions)
  const children = [1, 2].map((lane) => fork(import.meta.filename, [memory.name, String(lane)]))
  const speeds = await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))))
  console.log(
    `\nprocess memory, two processes at once\n  bucket of a source   ${speeds.map((each) => each.toFixed(1).padStart(8)).join(' and ')}`,
  )
  memory.close()
}

const [name, lane] = process.argv.slice(2)
if (name === undefined) {
  print('pure', pure)
  print('ordinary memory', waysOn('inline'))
  try {
    print('process memory', waysOn('process'))
    await printTwoProcesses()
  } catch (error) {
    if (error.code !== 'UNSUPPORTED') throw error
    console.log(`\nprocess memory: ${error.message}`)
  }
} else {
  const buckets = TokenBucketTable.attach(SharedMemory.open(name), Number(lane))
  const way = (count) => {
    for (let index = 0; index < count; index++) buckets.take(hosts[index & 4_095], index / 1_000)
  }
  process.send(median(Array.from({ length: rounds }, () => millionsPerSecond(way))))
}
