// What a lane costs that has worked once and waits: the growth of the proportional
// memory (PSS) of all processes, and the processor time they use meanwhile.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { familyOf, familyProcessorNs, readWords, report } from './meter.mjs'
import { openPool } from './pools.mjs'

const words = readWords()
const lanes = 4
const idleMs = 2_000
const sleeper = fileURLToPath(new URL('./sleeper.mjs', import.meta.url))
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Proportional and private memory of all processes together. */
function familyMemory() {
  const kib = { Pss: 0, Private_Clean: 0, Private_Dirty: 0 }
  for (const pid of familyOf()) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    for (const name of Object.keys(kib)) kib[name] += Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)[1])
  }
  return { mib: kib.Pss / 1_024, privateMib: (kib.Private_Clean + kib.Private_Dirty) / 1_024 }
}

async function open() {
  if (words.kind === 'fork' || words.kind === 'worker') {
    const start = () => (words.kind === 'fork' ? fork(sleeper) : new Worker(sleeper))
    return Promise.all(Array.from({ length: lanes }, () => once(start(), 'message')))
  }
  const pool = await openPool(words.kind, lanes)
  // More tasks than lanes and some time, so that every lane has run one.
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.all(Array.from({ length: lanes }, (_, index) => pool.call('add', [index, 1])))
    await pause(20)
  }
  return pool
}

const collect = globalThis.gc ?? (() => undefined)
collect()
const before = familyMemory()
await open()
collect()
await pause(500)
const processorBefore = familyProcessorNs()
await pause(idleMs)
const processorNs = familyProcessorNs() - processorBefore
const after = familyMemory()
report({
  mib: (after.mib - before.mib) / lanes,
  privateMib: (after.privateMib - before.privateMib) / lanes,
  processorMs: processorNs / 1e6 / (idleMs / 1_000) / lanes,
})
process.exit(0)
