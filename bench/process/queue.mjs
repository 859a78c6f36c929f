// A queue between two processes, one producer and one consumer: items a second and processor time of both.
//
//   node bench/process/queue.mjs [--pin] [--rounds 5] [--only doubles]
//
// --pin puts the producer on the first processor and the consumer on the second. Needs a built dist and the addon.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { loadNative } from '../../dist/native/index.js'
import { Queue, SimpleQueue } from '../../dist/process/queue/index.js'
import { QueueStore } from '../../dist/process/queue/store.js'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : process.argv[at + 1]
}

const bytes64 = Uint8Array.from({ length: 64 }, (_, index) => index)
const one = {
  make: () => new Queue(),
  async produce(queue, count, item) {
    for (let index = 0; index < count; index++) await queue.put(item(index))
  },
  async consume(queue, count) {
    for (let index = 0; index < count; index++) await queue.get()
  },
}
const many = (size) => ({
  make: () => new Queue(),
  async produce(queue, count, item) {
    const batch = Array.from({ length: size }, (_, index) => item(index))
    for (let index = 0; index < count; index += size) await queue.putMany(batch)
  },
  async consume(queue, count) {
    for (let left = count; left > 0;) left -= (await queue.getMany(size)).length
  },
})

const cases = {
  '64 bytes, put and get': { ...one, count: 500_000, item: () => bytes64 },
  '64 bytes as Buffer, put and get': { ...one, count: 500_000, item: () => Buffer.from(bytes64.buffer) },
  '64 bytes, 64 at a time': { ...many(64), count: 64 * 40_000, item: () => bytes64 },
  '1 KiB, 64 at a time': { ...many(64), count: 64 * 10_000, item: () => new Uint8Array(1_024) },
  'small objects, put and get': { ...one, count: 100_000, item: (id) => ({ id, name: 'task' }) },
  'numbers as values, put and get': { ...one, count: 500_000, item: (id) => id },
  'doubles, one by one': {
    ...one,
    make: () => new Queue({ of: Float64Array }),
    count: 1_000_000,
    item: (id) => id / 2,
  },
  'doubles, 4,096 at a time': {
    make: () => new Queue({ of: Float64Array }),
    count: 4_096 * 50_000,
    async produce(queue, count) {
      const batch = Float64Array.from({ length: 4_096 }, (_, index) => index / 2)
      for (let index = 0; index < count; index += batch.length) await queue.putMany(batch)
    },
    async consume(queue, count) {
      for (let left = count; left > 0;) left -= (await queue.getMany(16_384)).length
    },
  },
  '64 bytes, SimpleQueue': { ...one, make: () => new SimpleQueue(), count: 500_000, item: () => bytes64 },
  '64 bytes, blocking forms': {
    ...one,
    count: 500_000,
    item: () => bytes64,
    async produce(queue, count, item) {
      for (let index = 0; index < count; index++) queue.putSync(item(index))
    },
    async consume(queue, count) {
      for (let index = 0; index < count; index++) queue.getSync()
    },
  },
}

if (process.env.QUEUE_BENCH_CASE === undefined) await main()
else await consumer(process.env.QUEUE_BENCH_CASE)

async function consumer(name) {
  const { consume, count, make } = cases[name]
  pin(1)
  const store = QueueStore.attach([3, 4, 5, 6])
  const queue = make() instanceof SimpleQueue ? new SimpleQueue(store) : new Queue({}, store)
  process.send('ready')
  let cpu = process.cpuUsage()
  await consume(queue, count / 5)
  cpu = process.cpuUsage(cpu)
  const start = process.cpuUsage()
  await consume(queue, count)
  const used = process.cpuUsage(start)
  process.send({ cpuMs: (used.user + used.system) / 1_000 })
  process.disconnect()
  queue.close()
}

async function run(name) {
  const { make, produce, count, item } = cases[name]
  const queue = make()
  const { descriptors } = queue.toShared()
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    env: { ...process.env, QUEUE_BENCH_CASE: name },
    stdio: ['ignore', 'inherit', 'inherit', ...descriptors, 'ipc'],
  })
  const next = () => new Promise((resolve) => child.once('message', resolve))
  await next()
  await produce(queue, count / 5, item)
  const ended = next()
  const cpu = process.cpuUsage()
  const start = performance.now()
  await produce(queue, count, item)
  const used = process.cpuUsage(cpu)
  const { cpuMs } = await ended
  const tookMs = performance.now() - start
  queue.close()
  return {
    perSecond: count / (tookMs / 1_000),
    putNs: ((used.user + used.system) * 1_000) / count,
    getNs: (cpuMs * 1_000_000) / count,
  }
}

function pin(processor) {
  if (process.argv.includes('--pin')) loadNative().setAffinity(process.pid, Int32Array.of(processor))
}

function median(values) {
  return values.toSorted((left, right) => left - right)[values.length >> 1]
}

async function main() {
  const rounds = Number(option('--rounds', 5))
  const only = option('--only', '')
  pin(0)
  console.log(`| case | items a second (lowest to highest) | CPU ns a put | CPU ns a get |\n|---|---|---|---|`)
  for (const name of Object.keys(cases).filter((each) => each.includes(only))) {
    const results = []
    for (let round = 0; round < rounds; round++) results.push(await run(name))
    const rates = results.map(({ perSecond }) => perSecond)
    const text = [median(rates), Math.min(...rates), Math.max(...rates)].map((rate) =>
      Math.round(rate).toLocaleString('en'),
    )
    const nanoseconds = (key) => Math.round(median(results.map((result) => result[key])) * 10) / 10
    console.log(
      `| ${name} | ${text[0]} (${text[1]} to ${text[2]}) | ${nanoseconds('putNs')} | ${nanoseconds('getNs')} |`,
    )
  }
}
