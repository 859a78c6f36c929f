// Measures the chat server beside others, on one core each, with the load on the other.

import os from 'node:os'
import { relative } from 'node:path'
import { buildPrograms } from '../lib/build.mjs'
import { measureScenario } from './measure.mjs'
import { readOptions } from './options.mjs'
import { formatSection, writeReports } from './report.mjs'
import { programs, scenariosNamed } from './scenarios.mjs'

async function main() {
  // Other work on the machine makes all figures worse; the reader should know.
  const load = () => os.loadavg()[0].toFixed(1)
  const options = { ...readOptions(process.argv.slice(2)), loadBefore: load() }
  buildPrograms(programs)
  const tables = []
  for (const scenario of scenariosNamed(options.only)) tables.push(await measureScenario(scenario, options))
  options.loadAfter = load()
  for (const table of tables) console.log(`\n${formatSection(table)}`)
  for (const path of writeReports(options, tables)) console.log(`\nwritten: ${relative(process.cwd(), path)}`)
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
process.exit()
