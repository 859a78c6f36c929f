// Turns the measurements of the time services into Markdown, and keeps each of them as JSON beside it. A run that was
// shortened goes to a folder that is not kept.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import { median, pairwiseRatio, spread } from '../lib/statistics.mjs'

const dash = '–'

function fixed(value, digits) {
  return value === undefined || !Number.isFinite(value) ? dash : value.toFixed(digits)
}

const sum = (measured, name) => measured.reduce((total, each) => total + each[name], 0)

function remarksOf({ failures, repeated }, measured) {
  const wrong = sum(measured, 'mismatched')
  const again = repeated > 0 ? [`measured again ${repeated} times`] : []
  return [...failures.keys(), ...(wrong > 0 ? [`${wrong} wrong answers`] : []), ...again]
    .join('; ')
    .replaceAll('|', '\\|')
}

export function formatTable({ against }, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const ratioTitles = against.map((name) => `÷ ${name}`)
  const titles = [
    'min',
    'median',
    'max',
    ...ratioTitles,
    'lost',
    'p50 µs',
    'p99 µs',
    'server µs an answer',
    'server core busy',
  ]
  const lines = [line(['server', ...titles, 'remarks']), line(['---', ...titles.map(() => '---:'), '---'])]
  for (const row of rows) {
    const measured = [...row.rounds.values()]
    const values = (pick) => measured.map(pick)
    const rate = spread(values(({ perSecond }) => perSecond / 1_000))
    const ratios = against.map((name) => {
      const other = rows.find(({ peer }) => peer.name === name)?.rounds
      return fixed(
        pairwiseRatio(row.rounds, other, ({ perSecond }) => perSecond),
        2,
      )
    })
    const [sent, lost] = [sum(measured, 'sent'), sum(measured, 'lost')]
    lines.push(
      line([
        row.peer.description,
        ...[rate.lowest, rate.median, rate.highest].map((value) => fixed(value, 1)),
        ...ratios,
        lost === 0 ? '0' : `${((lost / sent) * 100).toPrecision(2)} %`,
        fixed(median(values(({ p50Us }) => p50Us)), 0),
        fixed(median(values(({ p99Us }) => p99Us)), 0),
        fixed(median(values(({ processorUsPerMessage }) => processorUsPerMessage)), 2),
        `${fixed(median(values(({ busyShare }) => busyShare)) * 100, 0)} %`,
        remarksOf(row, measured),
      ]),
    )
  }
  return lines.join('\n')
}

function sectionOf({ scenario, rows }) {
  const text = `Thousand answers a second. Ratios are medians of the ratios within each round. Aim: ${scenario.aim}.`
  return `## ${scenario.title}\n\n${text}\n\n${formatTable(scenario, rows)}`
}

export function writeReports(options, tables) {
  const folder = options.whole ? results : partialResults
  mkdirSync(folder, { recursive: true })
  const { rounds, seconds, warmUpSeconds } = options
  const facts = [
    ...describeMachine().filter(([name]) => !['Go', 'Python'].includes(name)),
    [
      'Measured',
      `${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up, servers in turn; server on core 1, load on core 0`,
    ],
    ['Load average before', options.loadBefore],
    ['Load average after', options.loadAfter],
    ['Repeat', `\`${options.command}\``],
  ]
  const head = [
    '# Time services',
    '',
    ...facts.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'What is measured, and how: [bench/README.md](../README.md#time).',
  ].join('\n')
  const text = join(folder, 'time.md')
  writeFileSync(text, `${[head, ...tables.map(sectionOf)].join('\n\n')}\n`)
  const data = join(folder, 'time.json')
  const plain = tables.map(({ scenario, rows }) => ({
    title: scenario.title,
    rows: rows.map(({ peer, rounds: measured, failures, repeated }) => ({
      name: peer.name,
      repeated,
      rounds: Object.fromEntries(measured),
      failures: Object.fromEntries(failures),
    })),
  }))
  writeFileSync(data, `${JSON.stringify({ facts: Object.fromEntries(facts), scenarios: plain }, undefined, 2)}\n`)
  return [text, data]
}
