// Runs the process benchmark: every peer in every round of every scenario, in
// turn, each in a fresh process. The next round starts with the next peer, so a
// slow phase of the machine does not fall on one of them.

import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bench } from '../lib/paths.mjs'
import { rotate } from '../lib/statistics.mjs'
import { runProgram } from './measure.mjs'
import { readOptions } from './options.mjs'
import { writeReports } from './report.mjs'
import { commandOf, scenarios } from './scenarios.mjs'
import { formatTable } from './table.mjs'

function buildRoundTrip() {
  mkdirSync(join(bench, 'build'), { recursive: true })
  const words = ['-O2', '-Wall', '-Wextra', '-o', 'build/round-trip-c', 'process/programs/round-trip-c.c']
  const ran = spawnSync(process.env.CC ?? 'gcc', words, { cwd: bench, encoding: 'utf8', timeout: 60_000 })
  if (ran.status !== 0) console.error(`round-trip-c does not compile: ${ran.error?.message ?? ran.stderr}`)
}

function timeoutMsOf(scenario, options) {
  if (scenario.kind !== 'chaos') return 20_000 + (options.seconds + options.warmUpSeconds) * 5_000
  return 60_000 + options.chaosMinutes * 60_000
}

function settle(row, round, result) {
  if (result.failure || result.missing) {
    const reason = result.failure ?? result.missing
    row.failures.set(reason, (row.failures.get(reason) ?? 0) + 1)
    row.skipped = true
  } else row.rounds.set(round, result)
}

async function runScenario(scenario, options) {
  console.error(`\n${scenario.title}`)
  const rows = scenario.peers
    .filter(({ name }) => options.peerNames?.includes(name) ?? true)
    .map((peer) => ({ peer, rounds: new Map(), failures: new Map(), skipped: false }))
  const rounds = scenario.once ? 1 : options.rounds
  for (let round = 0; round < rounds; round += 1) {
    for (const row of rotate(rows, round)) {
      if (row.skipped) continue
      const result = await runProgram(commandOf(row.peer, options), {
        cores: row.peer.cores,
        environment: row.peer.environment,
        timeoutMs: timeoutMsOf(scenario, options),
        echo: scenario.kind === 'chaos',
      })
      settle(row, round, result)
      console.error(`round ${round + 1}  ${row.peer.name.padEnd(26)} ${JSON.stringify(result)}`)
    }
  }
  return { scenario, rows }
}

async function main() {
  const options = readOptions(process.argv.slice(2))
  if (options.topics.includes('pipe')) buildRoundTrip()
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
