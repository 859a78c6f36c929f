// Start and join one process of a program that says hello and ends; the pause
// in between is the same for every peer and lets a spare become ready.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { need } from './lanework.mjs'
import { familyProcessorNs, middle, readWords, report } from './meter.mjs'
import { hello } from './hello-task.mjs'

const words = readWords()
const program = fileURLToPath(new URL('./hello.mjs', import.meta.url))
const { Process, keepWarm } = words.kind.startsWith('lanework') ? need('task', 'Process', 'keepWarm') : {}
const pauseMs = 200
const pause = () => new Promise((resolve) => setTimeout(resolve, pauseMs))

function startFork() {
  const child = fork(program, { serialization: 'advanced' })
  return { first: once(child, 'message'), ended: once(child, 'exit') }
}

function startWorker() {
  const worker = new Worker(program)
  return { first: once(worker, 'message'), ended: once(worker, 'exit') }
}

async function startLanework() {
  const other = new Process(hello, [], { startMethod: words.kind.slice('lanework-'.length) })
  await other.start()
  return { first: other.result(), ended: other.join() }
}

const start = { fork: startFork, worker: startWorker }[words.kind] ?? startLanework

async function startOnce() {
  const startedMs = performance.now()
  const { first, ended } = await start()
  const firstMs = first.then(() => performance.now() - startedMs)
  await ended
  return { firstMs: await firstMs, joinMs: performance.now() - startedMs }
}

if (words.kind === 'lanework-warm') keepWarm(1, { preload: [hello] })
await startOnce()
await pause()
const processorBefore = familyProcessorNs()
const runs = []
for (let run = 0; run < Number(words.runs); run += 1) {
  runs.push(await startOnce())
  await pause()
}
const processorMs = (familyProcessorNs() - processorBefore) / 1e6 / runs.length
report({
  firstMs: middle(runs.map(({ firstMs }) => firstMs)),
  joinMs: middle(runs.map(({ joinMs }) => joinMs)),
  processorMs,
})
process.exit(0)
