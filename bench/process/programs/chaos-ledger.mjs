// Compares the answers of a pool with the lines that its workers wrote.

import { readFileSync } from 'node:fs'
import { middle } from './meter.mjs'

function readLedger(path) {
  const begins = new Map()
  const ends = new Map()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [what, id, worker] = line.split(' ')
    const list = { begin: begins, end: ends }[what]
    if (!list) continue
    list.set(Number(id), [...(list.get(Number(id)) ?? []), worker])
  }
  return { begins, ends }
}

export function judge({ tasks, killedAtMs, ledger, attempts }) {
  const { begins, ends } = readLedger(ledger)
  const beginsOf = ({ id }) => begins.get(id) ?? []
  const fulfilled = tasks.filter(({ outcome }) => outcome === 'fulfilled')
  const rejected = tasks.filter(({ outcome }) => outcome === 'rejected')
  const onLiving = (task) => beginsOf(task).length > 0 && beginsOf(task).every((worker) => !killedAtMs.has(worker))
  const noticedMs = rejected
    .filter((task) => killedAtMs.has(beginsOf(task).at(-1)))
    .map((task) => task.settledMs - killedAtMs.get(beginsOf(task).at(-1)))
  return {
    submitted: tasks.length,
    fulfilled: fulfilled.length,
    rejected: rejected.length,
    neverBegun: rejected.filter((task) => beginsOf(task).length === 0).length,
    collateral: rejected.filter(onLiving).length,
    lost: tasks.filter(({ outcome }) => outcome === undefined).length,
    hung: tasks.filter(({ hung }) => hung).length,
    doubled: tasks.filter((task) => beginsOf(task).length > attempts).length,
    misattributed: fulfilled.filter(({ id, value }) => value !== id * 7 + 3).length,
    unfounded: fulfilled.filter(({ id }) => !ends.has(id)).length,
    noticedMs: noticedMs.length ? middle(noticedMs) : undefined,
    slowestMs: noticedMs.length ? Math.max(...noticedMs) : undefined,
  }
}
