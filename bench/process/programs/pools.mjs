// Every pool behind one form: `call(name, argument)` runs a function of
// functions.mjs on a lane. Options are the pools' own for a fixed number of lanes.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { need } from './lanework.mjs'

const functions = fileURLToPath(new URL('./functions.mjs', import.meta.url))
const piscinaFunctions = fileURLToPath(new URL('./piscina-functions.mjs', import.meta.url))
const workerpoolWorker = fileURLToPath(new URL('./workerpool-worker.mjs', import.meta.url))

async function openPiscina(lanes, options) {
  const { default: Piscina } = await import('piscina')
  const pool = new Piscina({ filename: piscinaFunctions, minThreads: lanes, maxThreads: lanes, ...options })
  return {
    call: (name, argument) => pool.run(argument, { name }),
    move: (name, array) => pool.run(array, { name: `${name}Moved`, transferList: [array.buffer] }),
    close: () => pool.destroy(),
  }
}

async function openTinypool(lanes, runtime) {
  const { Tinypool } = await import('tinypool')
  const pool = new Tinypool({ filename: functions, runtime, minThreads: lanes, maxThreads: lanes })
  // Without this the death of an idle worker is an uncaught error of the parent.
  pool.on('error', () => undefined)
  return { call: (name, argument) => pool.run(argument, { name }), close: () => pool.destroy() }
}

async function openWorkerpool(lanes, workerType, options) {
  const { default: workerpool } = await import('workerpool')
  const pool = workerpool.pool(workerpoolWorker, { workerType, minWorkers: lanes, maxWorkers: lanes, ...options })
  return {
    call: (name, argument) => pool.exec(name, [argument]),
    close: () => pool.terminate(true),
  }
}

async function openLanework(lanes, laneKind, options) {
  const { Pool } = need('task', 'Pool')
  const tasks = await import('./lanework-tasks.mjs')
  const pool = new Pool({ lanes, laneKind, ...options })
  return {
    pool,
    call: (name, argument) => pool.run(tasks[name], [argument]),
    map: (numbers) => pool.map(tasks.increment, numbers),
    workers: () => pool.lanes.map(({ pid }) => pid).filter(Boolean),
    close: () => pool.terminate?.() ?? pool.close(),
  }
}

const openers = {
  piscina: (lanes) => openPiscina(lanes),
  'piscina-shared': (lanes) => openPiscina(lanes, { concurrentTasksPerWorker: 64 }),
  'tinypool-thread': (lanes) => openTinypool(lanes, 'worker_threads'),
  'tinypool-process': (lanes) => openTinypool(lanes, 'child_process'),
  'workerpool-thread': (lanes) => openWorkerpool(lanes, 'thread'),
  'workerpool-process': (lanes) => openWorkerpool(lanes, 'process'),
  'workerpool-advanced': (lanes) => openWorkerpool(lanes, 'process', { forkOpts: { serialization: 'advanced' } }),
  'lanework-process': (lanes) => openLanework(lanes, 'process'),
  'lanework-retry': (lanes) => openLanework(lanes, 'process', { onWorkerLost: 'retry', attempts: 3 }),
  'lanework-thread': (lanes) => openLanework(lanes, 'thread'),
  'lanework-inline': (lanes) => openLanework(lanes, 'inline'),
}

export const openPool = (kind, lanes) => openers[kind](lanes)

/** The version of a peer as installed. */
export function versionOf(name) {
  const require = createRequire(import.meta.url)
  const entry = require.resolve(name)
  const folder = entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length)
  return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')).version
}
