// What the pools of the benchmark run. Every function takes one argument,
// because that is all that piscina and tinypool pass on.

import { openSync, writeSync } from 'node:fs'
import { identityOf } from './meter.mjs'

export const add = ([left, right]) => left + right
export const increment = (value) => value + 1
export const incrementAll = (values) => values.map(increment)

/** Changes both ends of an array and hands it back. */
export function touch(array) {
  array[0] += 1
  array[array.length - 1] += 1
  return array
}

/** The same for memory that is shared, where nothing has to come back. */
export function touchOnly(array) {
  touch(array)
  return 0
}

let ledger
let identity

function note(path, line) {
  ledger ??= openSync(path, 'a')
  writeSync(ledger, `${line}\n`)
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A task of the chaos ledger: notes its beginning and its end, and answers with what only it can know. */
export async function work([id, ms, busy, path]) {
  note(path, `begin ${id} ${(identity ??= identityOf(process.pid))}`)
  const untilMs = performance.now() + ms
  if (!busy) await pause(ms)
  while (performance.now() < untilMs) Math.sqrt(untilMs)
  note(path, `end ${id} ${identity}`)
  return id * 7 + 3
}
