// Runs the benchmark: compiles what is needed, measures every server in every
// round of every scenario, and writes the tables. Within a scenario the servers
// take turns and each round starts with another one, so that a slow phase of
// the machine falls on all of them and not on one.

import { relative } from 'node:path'
import { buildPrograms } from './lib/build.mjs'
import { measureIdle } from './lib/idle.mjs'
import { measureEcho } from './lib/measure.mjs'
import { readOptions } from './lib/options.mjs'
import { selectPeers } from './lib/peers.mjs'
import { writeReports } from './lib/report.mjs'
import { selectScenarios } from './lib/scenarios.mjs'
import { rotate } from './lib/statistics.mjs'
import { formatTable } from './lib/table.mjs'

function note(row, reason) {
  row.failures.set(reason, (row.failures.get(reason) ?? 0) + 1)
}

function progress(scenario, round, peer, measured) {
  const figure =
    measured.failure ??
    (scenario.kind === 'throughput'
      ? `${(measured.perSecond / 1_000).toFixed(1)} thousand/s`
      : scenario.kind === 'latency'
        ? `p50 ${measured.p50Us} µs, p99 ${measured.p99Us} µs`
        : `${measured.kibPerConnection.toFixed(2)} KiB`)
  console.error(`round ${round + 1}  ${peer.name.padEnd(24)} ${figure}`)
}

async function runScenario(scenario, options, buildFailures) {
  console.error(`\n${scenario.title}`)
  const rows = selectPeers(scenario, options.peerNames).map((peer) => ({
    peer,
    rounds: new Map(),
    failures: new Map(),
    skipped: false,
  }))
  for (const row of rows) {
    const reason = buildFailures.get(row.peer.program)
    if (reason === undefined) continue
    row.skipped = true
    note(row, `not compiled: ${reason}`)
  }
  const measure = scenario.kind === 'idle' ? measureIdle : measureEcho
  for (let round = 0; round < options.rounds; round += 1) {
    for (const row of rotate(rows, round)) {
      if (row.skipped) continue
      const measured = await measure(row.peer, scenario, options)
      progress(scenario, round, row.peer, measured)
      if (measured.failure) note(row, measured.failure)
      else row.rounds.set(round, measured)
      // A server that cannot start now will not start in the next round either.
      row.skipped = measured.skipRest === true
    }
  }
  return { scenario, rows }
}

async function main() {
  const options = readOptions(process.argv.slice(2))
  const buildFailures = buildPrograms()
  const tables = []
  for (const scenario of selectScenarios(options.only)) {
    const table = await runScenario(scenario, options, buildFailures)
    if (table.rows.length) tables.push(table)
  }
  for (const { scenario, rows } of tables) {
    console.log(`\n## ${scenario.title}\n\n${formatTable(scenario, rows)}`)
  }
  for (const path of writeReports(options, tables)) {
    console.log(`\nwritten: ${relative(process.cwd(), path)}`)
  }
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
