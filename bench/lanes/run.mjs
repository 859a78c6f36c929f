// Runs the lanes benchmark: every server in every round of every scenario, in turn, each started anew. The next round
// starts with the next server, so a slow phase of the machine does not fall on one of them.

import { relative } from 'node:path'
import { rotate } from '../lib/statistics.mjs'
import { buildLoads } from './build.mjs'
import { measure } from './measure.mjs'
import { readOptions } from './options.mjs'
import { missingOf } from './peers.mjs'
import { writeReports } from './report.mjs'
import { scenarios } from './scenarios.mjs'
import { formatTable } from './table.mjs'

function note(entry, reason) {
  entry.failures.set(reason, (entry.failures.get(reason) ?? 0) + 1)
}

async function runScenario(scenario, options) {
  console.error(`\n${scenario.title}`)
  const entries = scenario.rows
    .filter(({ peer }) => options.peerNames?.includes(peer.name) ?? true)
    .map((row) => ({ row, rounds: new Map(), failures: new Map(), missing: missingOf(row.peer) }))
  for (const entry of entries) if (entry.missing) note(entry, entry.missing)
  const rounds = scenario.once ? 1 : options.rounds
  for (let round = 0; round < rounds; round += 1) {
    for (const entry of rotate(entries, round)) {
      if (entry.missing) continue
      const measured = await measure(scenario, entry.row, options)
      if (measured.failure) note(entry, measured.failure)
      else entry.rounds.set(round, measured)
      const name = (entry.row.label ?? entry.row.peer.name).padEnd(24)
      console.error(`round ${round + 1}  ${name} ${JSON.stringify(measured).slice(0, 400)}`)
    }
  }
  return { scenario, rows: entries }
}

async function main() {
  const options = readOptions(process.argv.slice(2))
  buildLoads()
  const tables = []
  for (const scenario of scenarios) {
    if (!options.topics.includes(scenario.topic)) continue
    const table = await runScenario(scenario, options)
    if (table.rows.length) tables.push(table)
  }
  for (const { scenario, rows } of tables) console.log(`\n## ${scenario.title}\n\n${formatTable(scenario, rows)}`)
  for (const path of writeReports(options, tables)) console.log(`\nwritten: ${relative(process.cwd(), path)}`)
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
process.exit()
