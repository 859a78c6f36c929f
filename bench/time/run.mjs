// Measures the time services: every server in every round of every scenario, in turn, each started anew. The next round starts
// with the next server, so that a slow phase of the machine does not fall on one of them.

import os from 'node:os'
import { relative } from 'node:path'
import { buildPrograms } from '../lib/build.mjs'
import { measureEcho } from '../lib/measure.mjs'
import { rotate } from '../lib/statistics.mjs'
import { readOptions } from './options.mjs'
import { formatTable, writeReports } from './report.mjs'
import { programs, scenarios } from './scenarios.mjs'

/** A server under full load that did not have its core to itself says nothing of the server: other work took it. */
const ownCore = 0.9

/** Measures, and again as long as other work is in the way and retries are left. */
async function measure(row, scenario, options) {
  for (let retry = 0; ; retry += 1) {
    const measured = await measureEcho(row.peer, scenario, options)
    if (measured.failure || measured.busyShare >= ownCore || retry >= options.retries) return measured
    row.repeated += 1
  }
}

async function runScenario(scenario, options) {
  console.error(`\n${scenario.title}`)
  const rows = scenario.peers.map((peer) => ({
    peer,
    rounds: new Map(),
    failures: new Map(),
    skipped: false,
    repeated: 0,
  }))
  for (let round = 0; round < options.rounds; round += 1) {
    for (const row of rotate(rows, round)) {
      if (row.skipped) continue
      const measured = await measure(row, scenario, options)
      if (measured.failure) row.failures.set(measured.failure, 1)
      else row.rounds.set(round, measured)
      row.skipped = measured.skipRest === true
      const figure = measured.failure ?? `${(measured.perSecond / 1_000).toFixed(1)} thousand/s`
      console.error(`round ${round + 1}  ${row.peer.name.padEnd(20)} ${figure}`)
    }
  }
  return { scenario, rows }
}

async function main() {
  // Other work on the machine makes all figures worse; the reader should know.
  const load = () => os.loadavg()[0].toFixed(1)
  const options = { ...readOptions(process.argv.slice(2)), loadBefore: load() }
  buildPrograms(programs)
  const tables = []
  for (const scenario of scenarios) {
    if (options.only.includes(scenario.name)) tables.push(await runScenario(scenario, options))
  }
  options.loadAfter = load()
  for (const { scenario, rows } of tables) console.log(`\n## ${scenario.title}\n\n${formatTable(scenario, rows)}`)
  for (const path of writeReports(options, tables)) console.log(`\nwritten: ${relative(process.cwd(), path)}`)
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
