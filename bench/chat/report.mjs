// Turns the measurements of the chat server into Markdown, and keeps each of them as JSON beside it. A run that was shortened goes to a
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
const middle = (measured, name) => median(measured.map((each) => each[name]))
const ms = (measured, name) => fixed(middle(measured, name) / 1_000, 2)
const percent = (measured, name) => `${fixed(middle(measured, name) * 100, 0)} %`
const line = (cells) => `| ${cells.join(' | ')} |`

function remarksOf({ failures, repeated }, measured) {
  const [doubled, disordered] = [sum(measured, 'doubled'), sum(measured, 'disordered')]
  return [
    ...failures.keys(),
    ...(doubled > 0 ? [`${doubled} came twice`] : []),
    ...(disordered > 0 ? [`${disordered} out of order`] : []),
    ...(repeated > 0 ? [`measured again ${repeated} times`] : []),
  ]
    .join('; ')
    .replaceAll('|', '\\|')
}

/** A table of rows: titles, and what stands under each. */
function table(rows, columns) {
  const titles = columns.map(([title]) => title)
  const lines = rows.map((row) => {
    const measured = [...row.rounds.values()]
    return line([row.peer.description, ...columns.map(([, cell]) => cell(measured, row)), remarksOf(row, measured)])
  })
  return [line(['server', ...titles, 'remarks']), line(['---', ...titles.map(() => '---:'), '---']), ...lines].join(
    '\n',
  )
}

const lost = ['lost', (measured) => `${sum(measured, 'lost')}`]
const busy = ['server core busy', (measured) => percent(measured, 'busyShare')]
const p50 = ['p50 ms', (measured) => ms(measured, 'p50Us')]
const p99 = ['p99 ms', (measured) => ms(measured, 'p99Us')]

function throughputColumns({ against }, rows) {
  const rate = (measured) => spread(measured.map(({ perSecond }) => perSecond / 1_000))
  const ratio = (name) => (measured, row) => {
    const other = rows.find(({ peer }) => peer.name === name)?.rounds
    return fixed(
      pairwiseRatio(row.rounds, other, ({ perSecond }) => perSecond),
      2,
    )
  }
  return [
    ['min', (measured) => fixed(rate(measured).lowest, 1)],
    ['median', (measured) => fixed(rate(measured).median, 1)],
    ['max', (measured) => fixed(rate(measured).highest, 1)],
    ...against.map((name) => [`÷ ${name}`, ratio(name)]),
    lost,
    p50,
    p99,
    ['bytes', (measured) => fixed(middle(measured, 'bytes'), 0)],
    ['server s per 100,000', (measured) => fixed(middle(measured, 'processorUs') / 10, 3)],
    busy,
    ['load idle', (measured) => percent(measured, 'loadIdle')],
  ]
}

const latencyColumns = [p50, p99, ['p99.9 ms', (measured) => ms(measured, 'p999Us')], lost, busy]

const fairColumns = [
  ['p99 ms alone', (measured) => ms(measured, 'quietP99Us')],
  ['p99 ms beside the flood', (measured) => ms(measured, 'p99Us')],
  ['ratio', (measured) => fixed(middle(measured, 'ratio'), 2)],
  lost,
  ['floods heard by each', (measured, { members }) => fixed(middle(measured, 'floodHeard') / members, 1)],
  busy,
]

const idleColumns = [
  ['members', (measured) => fixed(middle(measured, 'members'), 0)],
  ['KiB a member', (measured) => fixed(middle(measured, 'kibEach'), 1)],
  ['MB empty', (measured) => fixed((middle(measured, 'emptyKib') * 1.024) / 1_000, 1)],
  ['MB full', (measured) => fixed((middle(measured, 'fullKib') * 1.024) / 1_000, 1)],
  ['server ms to let one in', (measured) => fixed(middle(measured, 'joinProcessorMs'), 2)],
]

const texts = {
  throughput:
    'Thousand deliveries a second: messages of 64 bytes, each to all members. Ratios are medians of the ratios within each round.',
  latency: 'From when a message was due until each member had it.',
  fair: 'How long messages of the others take: 50 a second of 50 speakers, with and without 10 members that send 500 a second each.',
  idle: 'Proportional memory (PSS) of all processes, less the same server after 200 members had come and gone.',
}

export function formatSection({ scenario, rows }) {
  const columns = {
    throughput: () => throughputColumns(scenario, rows),
    latency: () => latencyColumns,
    fair: () => fairColumns,
    idle: () => idleColumns,
  }[scenario.kind]()
  const known = rows.map((row) => ({ ...row, members: scenario.members }))
  return [`## ${scenario.title}`, texts[scenario.kind], table(known, columns)].join('\n\n')
}

function ngircdVersion() {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`
  const ran = spawnSync('ngircd', ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: path } })
  return /\d+\.\d+/.exec(`${ran.stdout}`)?.[0]
}

function factsOf({ rounds, seconds, loadBefore, loadAfter, command }) {
  return [
    ...describeMachine().filter(([name]) => name !== 'Go'),
    ['ngircd', ngircdVersion()],
    ['Measured', `${rounds} rounds, of ${seconds} s in closed loop; servers in turn; server on core 1, load on core 0`],
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
    '# Chat',
    '',
    ...facts.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'What is measured, and how: [bench/README.md](../README.md#chat).',
  ].join('\n')
  const text = join(folder, 'chat.md')
  writeFileSync(text, `${[head, ...tables.map(formatSection)].join('\n\n')}\n`)
  const data = join(folder, 'chat.json')
  const plain = tables.map(({ scenario, rows }) => ({
    title: scenario.title,
    rows: rows.map(({ peer, rounds, failures, repeated, joinSeconds }) => ({
      name: peer.name,
      repeated,
      joinSeconds,
      rounds: Object.fromEntries(rounds),
      failures: Object.fromEntries(failures),
    })),
  }))
  writeFileSync(data, `${JSON.stringify({ facts: Object.fromEntries(facts), scenarios: plain }, undefined, 2)}\n`)
  return [text, data]
}
