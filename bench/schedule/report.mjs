// Turns measurements into Markdown tables and, beside them, every single
// measurement as JSON. A partial run goes to a folder that is not kept.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import { median, pairwiseRatio } from '../lib/statistics.mjs'

const dash = '–'

function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return dash
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

const columns = [
  ['seconds, min', (measured) => Math.min(...measured.map(({ seconds }) => seconds))],
  ['median', (measured) => median(measured.map(({ seconds }) => seconds))],
  ['max', (measured) => Math.max(...measured.map(({ seconds }) => seconds))],
  ['million events a second', (measured) => median(measured.map(({ perSecond }) => perSecond)) / 1e6],
  ['events a job', ([{ events, jobs }]) => events / jobs],
  ['bytes a job kept', ([{ bytesEach }]) => bytesEach],
  ['peak MiB', (measured) => median(measured.map(({ peakMib }) => peakMib))],
  ['mean turnaround', ([{ turnaround }]) => turnaround],
]

export function formatTable({ reference }, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const other = rows.find(({ peer }) => peer.name === reference)?.rounds
  const titles = [...columns.map(([title]) => title), ...(other ? [`speed ÷ ${reference}`] : []), 'remarks']
  const lines = [
    line(['peer', ...titles]),
    line(['---', ...titles.slice(1).map(() => '---:'), '---:', '---'].slice(0, titles.length + 1)),
  ]
  for (const { peer, rounds, failures } of rows) {
    const measured = [...rounds.values()]
    const cells = columns.map(([, pick]) => (measured.length ? figure(pick(measured)) : dash))
    if (other) cells.push(figure(1 / pairwiseRatio(rounds, other, ({ seconds }) => seconds)))
    lines.push(line([peer.description, ...cells, [...failures.keys()].join('; ').replaceAll('|', '\\|')]))
  }
  return lines.join('\n')
}

function sectionOf({ scenario, rows }) {
  const aim = scenario.aim ? ` Aim: ${scenario.aim}.` : ''
  return `## ${scenario.title}\n\n${scenario.measuredJobs.toLocaleString('en')} jobs.${aim}\n\n${formatTable(scenario, rows)}`
}

export function writeReports(options, tables) {
  const folder = options.whole ? results : partialResults
  mkdirSync(folder, { recursive: true })
  const facts = [
    ...describeMachine().filter(([name]) => !['Go', 'C compiler'].includes(name)),
    ['Measured', `${options.rounds} rounds, peers in turn, each in a fresh process on core 0`],
    ['Load average before', options.loadBefore],
    ['Repeat', `\`${options.command}\``],
  ]
  const head = [
    '# Scheduling',
    '',
    ...facts.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'What is measured, and how: [bench/README.md](../README.md#scheduling).',
  ].join('\n')
  const text = join(folder, 'schedule.md')
  writeFileSync(text, `${[head, ...tables.map(sectionOf)].join('\n\n')}\n`)
  const data = join(folder, 'schedule.json')
  const plain = tables.map(({ scenario, rows }) => ({
    title: scenario.title,
    rows: rows.map(({ peer, rounds, failures }) => ({
      name: peer.name,
      command: peer.command(scenario.measuredJobs).join(' '),
      rounds: Object.fromEntries(rounds),
      failures: Object.fromEntries(failures),
    })),
  }))
  writeFileSync(data, `${JSON.stringify({ facts: Object.fromEntries(facts), scenarios: plain }, undefined, 2)}\n`)
  return [text, data]
}
