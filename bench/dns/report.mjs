// Turns the measurements of the DNS server into Markdown, and keeps each of them as JSON beside it. A run that was shortened goes to a
// folder that is not kept.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import { median, pairwiseRatio, spread } from '../lib/statistics.mjs'

const dash = '–'

function fixed(value, digits) {
  return value === undefined || !Number.isFinite(value) ? dash : value.toFixed(digits)
}

const sum = (measured, name) => measured.reduce((total, each) => total + (each[name] ?? 0), 0)
const line = (cells) => `| ${cells.join(' | ')} |`

function remarksOf({ failures, repeated }, measured) {
  const wrong = sum(measured, 'mismatched')
  const reloads = sum(measured, 'reloads')
  return [
    ...failures.keys(),
    ...(reloads > 0 ? [`loaded anew ${reloads} times`] : []),
    ...(wrong > 0 ? [`${wrong} wrong answers`] : []),
    ...(repeated > 0 ? [`measured again ${repeated} times`] : []),
  ]
    .join('; ')
    .replaceAll('|', '\\|')
}

export function formatTable({ against }, rows) {
  const titles = [
    'min',
    'median',
    'max',
    ...against.map((name) => `÷ ${name}`),
    'lost',
    'p50 µs',
    'p99 µs',
    'longest gap ms',
    'bytes an answer',
    'server µs an answer',
    'server core busy',
  ]
  const lines = [line(['server', ...titles, 'remarks']), line(['---', ...titles.map(() => '---:'), '---'])]
  for (const row of rows) {
    const measured = [...row.rounds.values()]
    const values = (name) => measured.map((each) => each[name])
    const rate = spread(measured.map(({ perSecond }) => perSecond / 1_000))
    const ratios = against.map((name) => {
      const other = rows.find(({ peer }) => peer.name === name)?.rounds
      return fixed(
        pairwiseRatio(row.rounds, other, ({ perSecond }) => perSecond),
        2,
      )
    })
    lines.push(
      line([
        row.peer.description,
        ...[rate.lowest, rate.median, rate.highest].map((value) => fixed(value, 1)),
        ...ratios,
        String(sum(measured, 'lost')),
        fixed(median(values('p50Us')), 0),
        fixed(median(values('p99Us')), 0),
        fixed(median(values('longestGapMs')), 1),
        fixed(median(values('answerBytes')), 0),
        fixed(median(values('processorUsPerMessage')), 2),
        `${fixed(median(values('busyShare')) * 100, 0)} %`,
        remarksOf(row, measured),
      ]),
    )
  }
  return lines.join('\n')
}

export function formatMemory(rows) {
  const titles = ['MB', 'MB without names', 'bytes a name', 'seconds to the first answer']
  const lines = [line(['server', ...titles]), line(['---', ...titles.map(() => '---:')])]
  for (const { peer, memory } of rows) {
    if (memory === undefined) continue
    const { bytes, emptyBytes, perName, readyMs } = memory
    const cells = [fixed(bytes / 1e6, 1), fixed(emptyBytes / 1e6, 1), fixed(perName, 0), fixed(readyMs / 1000, 1)]
    lines.push(line([peer.description, ...cells]))
  }
  return lines.join('\n')
}

export function formatSection({ scenario, rows, missing }) {
  if (missing) return `## ${scenario.title}\n\nNot measured: ${missing}.`
  const text = `Thousand answers a second. Ratios are medians of the ratios within each round. Aim: ${scenario.aim}.`
  const memory = rows.some((row) => row.memory) ? ['Memory of all processes, after the load:', formatMemory(rows)] : []
  return [`## ${scenario.title}`, text, formatTable(scenario, rows), ...memory].join('\n\n')
}

function versionOf(command, words) {
  const ran = spawnSync(command, words, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  })
  return /\d+\.\d+\.\d+/.exec(`${ran.stdout}${ran.stderr}`)?.[0]
}

function factsOf({ rounds, seconds, warmUpSeconds, loadBefore, loadAfter, command }) {
  return [
    ...describeMachine().filter(([name]) => !['Go', 'Python'].includes(name)),
    ['NSD', versionOf('nsd', ['-v'])],
    ['Knot', versionOf('knotd', ['-V'])],
    [
      'Measured',
      `${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up, servers in turn; server on core 1, load on core 0`,
    ],
    ['Load average before', loadBefore],
    ['Load average after', loadAfter],
    ['Repeat', `\`${command}\``],
  ].filter(([, value]) => value !== undefined)
}

export function writeReports(options, tables) {
  const folder = options.whole ? results : partialResults
  mkdirSync(folder, { recursive: true })
  const facts = factsOf(options)
  const head = [
    '# DNS',
    '',
    ...facts.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'What is measured, and how: [bench/README.md](../README.md#dns).',
  ].join('\n')
  const text = join(folder, 'dns.md')
  writeFileSync(text, `${[head, ...tables.map(formatSection)].join('\n\n')}\n`)
  const data = join(folder, 'dns.json')
  const plain = tables.map(({ scenario, missing, rows }) => ({
    title: scenario.title,
    missing,
    rows: rows.map(({ peer, rounds, failures, repeated, memory }) => ({
      name: peer.name,
      repeated,
      memory,
      rounds: Object.fromEntries(rounds),
      failures: Object.fromEntries(failures),
    })),
  }))
  writeFileSync(data, `${JSON.stringify({ facts: Object.fromEntries(facts), scenarios: plain }, undefined, 2)}\n`)
  return [text, data]
}
