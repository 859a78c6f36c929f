// Writes the tables as Markdown and every single measurement as JSON beside them. What was shortened or narrowed goes to
// a folder that is not kept.

import { mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import { formatTable } from './table.mjs'

export function writeReports(options, tables) {
  const folder = options.isWhole ? results : partialResults
  mkdirSync(folder, { recursive: true })
  const { rounds, seconds, disturbedSeconds, killMs, reloadMs, slowClients, seed } = options
  const facts = [
    ...describeMachine().filter(([name]) => !['Go', 'Python'].includes(name)),
    ['Load average at the end', os.loadavg()[0].toFixed(1)],
    [
      'Measured',
      `${rounds} rounds of ${seconds} s; kills every ${killMs} ms and reloads every ${reloadMs} ms for ` +
        `${disturbedSeconds} s; ${slowClients.toLocaleString('en')} slow clients; seed ${seed}`,
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
    ...tables.flatMap(({ scenario, rows }) => ['', `## ${scenario.title}`, '', formatTable(scenario, rows)]),
    '',
  ]
  const plain = tables.map(({ scenario, rows }) => ({
    title: scenario.title,
    rows: rows.map(({ row, rounds: measured, failures }) => ({
      name: row.label ?? row.peer.name,
      rounds: Object.fromEntries(measured),
      failures: Object.fromEntries(failures),
    })),
  }))
  writeFileSync(join(folder, 'lanes.md'), text.join('\n'))
  const data = { facts: Object.fromEntries(facts), scenarios: plain }
  writeFileSync(join(folder, 'lanes.json'), `${JSON.stringify(data, undefined, 2)}\n`)
  return [join(folder, 'lanes.md'), join(folder, 'lanes.json')]
}
