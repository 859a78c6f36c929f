// Runs the scheduling benchmark: every peer in every round of every scenario,
// in turn, each in a fresh process on one core. The next round starts with the
// next peer, so a slow phase of the machine does not fall on one of them.

import os from 'node:os'
import { relative } from 'node:path'
import { rotate } from '../lib/statistics.mjs'
import { runProgram } from '../process/measure.mjs'
import { readOptions } from './options.mjs'
import { formatTable, writeReports } from './report.mjs'
import { scenarios } from './scenarios.mjs'

async function runScenario(scenario, options) {
  console.error(`\n${scenario.title}`)
  const jobs = options.quick ? scenario.jobs / 10 : scenario.jobs
  const rows = scenario.peers.map((peer) => ({ peer, rounds: new Map(), failures: new Map() }))
  for (let round = 0; round < options.rounds; round += 1) {
    for (const { peer, rounds, failures } of rotate(rows, round)) {
      if (failures.size) continue
      const result = await runProgram(peer.command(jobs), { cores: '0', timeoutMs: 120_000 })
      if (result.failure) failures.set(result.failure, 1)
      else rounds.set(round, result)
      console.error(`round ${round + 1}  ${peer.name.padEnd(12)} ${JSON.stringify(result)}`)
    }
  }
  return { scenario: { ...scenario, measuredJobs: jobs }, rows }
}

async function main() {
  // Other work on the machine makes all figures worse; the reader should know.
  const loadBefore = os.loadavg()[0].toFixed(1)
  const options = { ...readOptions(process.argv.slice(2)), loadBefore }
  const tables = []
  for (const scenario of scenarios) {
    if (options.only.includes(scenario.name)) tables.push(await runScenario(scenario, options))
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
