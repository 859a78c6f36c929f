// Writes the tables as Markdown and every single measurement as JSON beside them; what was not measured this time stays. What
// was shortened, or measured of some servers only, goes to a folder that is not kept.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import { scenarios } from './scenarios.mjs'
import { formatTable } from './table.mjs'

function sectionOf({ scenario, rows, at }) {
  const aim = scenario.aim ? [`Aim: ${scenario.aim}.`, ''] : []
  return ['', `## ${scenario.title}`, '', ...aim, formatTable(scenario, rows), '', `Measured ${at}.`]
}

/** Tables of an earlier run, for what this one did not measure; without rows that no scenario has any more. */
function keptTables(path, tables) {
  if (!existsSync(path)) return []
  const earlier = new Map(JSON.parse(readFileSync(path, 'utf8')).scenarios.map((each) => [each.title, each]))
  for (const { scenario } of tables) earlier.delete(scenario.title)
  return scenarios.flatMap((scenario) => {
    const { at, rows = [] } = earlier.get(scenario.title) ?? {}
    const kept = rows.flatMap(({ name, rounds, failures }) => {
      const row = scenario.rows.find((each) => nameOf(each) === name)
      const maps = { rounds: new Map(Object.entries(rounds)), failures: new Map(Object.entries(failures)) }
      return row === undefined ? [] : [{ row, ...maps }]
    })
    return kept.length === 0 ? [] : [{ scenario, at, rows: kept }]
  })
}

const nameOf = (row) => row.label ?? row.peer.name
const placeOf = ({ scenario }) => scenarios.indexOf(scenario)

/** What the last soak of ten minutes or more came to; nothing when there was none. */
function soakSection() {
  const path = join(results, 'lanes-soak.json')
  if (!existsSync(path)) return []
  const { minutes, seed, kind, kills, reloads, datagrams, streams, supervisor, lane, problems } = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  const count = (value) => value.toLocaleString('en')
  const failed = streams.refused + streams.reset + streams.timedOut
  const grew = (name, { descriptors, mappings, residentKib }) =>
    `- ${name}, early and late medians: ${descriptors.join(' and ')} descriptors, ${mappings.join(' and ')} mappings, ` +
    `${residentKib.map((kib) => (kib / 1_024).toFixed(1)).join(' and ')} MiB resident`
  return [
    '',
    `## soak of ${minutes} minutes`,
    '',
    `- Two ${kind} lanes, seed ${seed}: ${kills} kills and ${reloads} reloads at random moments`,
    `- Datagrams: ${count(datagrams.sent)} sent, ${count(datagrams.unanswered)} unanswered, ${datagrams.wrong} wrong`,
    `- Streams: ${count(streams.sent)} requests, ${count(streams.unanswered)} cut off with their lane; ` +
      `${count(streams.connects)} connects, ${failed} failed`,
    grew('Supervisor', supervisor),
    grew('Largest lane', lane),
    `- Problems: ${problems.length === 0 ? 'none' : problems.join('; ')}`,
  ]
}

export function writeReports(options, measured) {
  const folder = options.isKept ? results : partialResults
  mkdirSync(folder, { recursive: true })
  const at = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const kept = options.isKept ? keptTables(join(folder, 'lanes.json'), measured) : []
  const tables = [...measured.map((table) => ({ ...table, at })), ...kept].sort((a, b) => placeOf(a) - placeOf(b))
  const { rounds, seconds, disturbedSeconds, peerSeconds, killMs, reloadMs, slowClients, seed } = options
  const facts = [
    ...describeMachine().filter(([name]) => !['Go', 'Python'].includes(name)),
    ['Load average at the end', os.loadavg()[0].toFixed(1)],
    [
      'Measured',
      `${rounds} rounds of ${seconds} s; kills every ${killMs} ms and reloads every ${reloadMs} ms for ` +
        `${disturbedSeconds} s (peers ${Math.min(peerSeconds, disturbedSeconds)} s); ${slowClients.toLocaleString('en')} slow clients; seed ${seed}`,
    ],
    ['Repeat', `\`${options.command}\``],
  ]
  const text = [
    '# Lanes',
    '',
    ...facts.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'The load generator runs on the same two cores as the lanes and competes with them for both.',
    'What is measured, and how: [bench/README.md](../README.md#lanes).',
    ...tables.flatMap(sectionOf),
    ...soakSection(),
    '',
  ]
  const plain = tables.map((table) => ({
    title: table.scenario.title,
    at: table.at,
    rows: table.rows.map(({ row, rounds: each, failures }) => ({
      name: nameOf(row),
      rounds: Object.fromEntries(each),
      failures: Object.fromEntries(failures),
    })),
  }))
  writeFileSync(join(folder, 'lanes.md'), text.join('\n'))
  const data = { facts: Object.fromEntries(facts), scenarios: plain }
  writeFileSync(join(folder, 'lanes.json'), `${JSON.stringify(data, undefined, 2)}\n`)
  return [join(folder, 'lanes.md'), join(folder, 'lanes.json')]
}
