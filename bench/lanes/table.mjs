// Turns the measurements of one scenario into a Markdown table. A row without any keeps its place, with the reason.

import { median, pairwiseRatio, spread } from '../lib/statistics.mjs'

const dash = '–'

function figure(value, digits = 3) {
  if (value === undefined || !Number.isFinite(value)) return dash
  if (Math.abs(value) >= 10 ** (digits - 1)) return Math.round(value).toLocaleString('en')
  return value === 0 ? '0' : Number(value.toPrecision(digits)).toString()
}

const middle = (measured, pick) => figure(median(measured.map(pick)))
const sum = (measured, pick) => figure(measured.reduce((total, each) => total + pick(each), 0))
const percent = (share) => `${(share * 100).toFixed(1)} %`

/** A column is its title and a function from all rounds of a row to its cell. */
const rate = ['requests a second', (measured) => middle(measured, (each) => each.rate)]
const sent = ['sent', (measured) => sum(measured, (each) => each.sent)]
const lost = ['unanswered', (measured) => sum(measured, (each) => each.unanswered)]
const latencies = [
  ['p50 µs', (measured) => middle(measured, (each) => each.p50Us)],
  ['p99 µs', (measured) => middle(measured, (each) => each.p99Us)],
  ['p99.9 µs', (measured) => middle(measured, (each) => each.p999Us)],
  ['slowest ms', (measured) => middle(measured, (each) => each.slowestMs)],
  ['longest silence ms', (measured) => middle(measured, (each) => each.longestSilenceMs)],
]
const dropped = ['of these dropped by the kernel', (measured) => middle(measured, (each) => each.kernelDrops)]
const cpu = ['CPU s a million', (measured) => middle(measured, (each) => each.cpuPerMillion)]
const unreachable = ['nobody on the port', (measured) => sum(measured, (each) => each.unreachable)]
const connections = [
  ['connects', (measured) => sum(measured, (each) => each.connects)],
  ['failed', (measured) => sum(measured, (each) => each.refused + each.reset + each.timedOut)],
  ['slowest connect ms', (measured) => middle(measured, (each) => each.connectSlowestMs)],
  ['cut off with requests', (measured) => sum(measured, (each) => each.cut)],
  ['of these before any answer', (measured) => sum(measured, (each) => each.barren)],
]
const kills = ['kills', (measured) => sum(measured, (each) => each.kills)]
const passed = ['no lane was ready', (measured) => sum(measured, (each) => each.passed)]
const mostAtOne = ['most at one', (measured) => figure(Math.max(...measured.map(({ most }) => most)))]
const mean = ['a kill', (measured) => middle(measured, (each) => each.unanswered / each.kills)]
const reloads = ['reloads', (measured) => sum(measured, (each) => each.reloads)]
const slowestReload = ['slowest reload ms', (measured) => middle(measured, (each) => each.slowestReloadMs)]

const columns = {
  scale: [
    ['min', (measured) => figure(spread(measured.map(({ perSecond }) => perSecond / 1_000)).lowest)],
    ['thousand a second', (measured) => middle(measured, ({ perSecond }) => perSecond / 1_000)],
    ['max', (measured) => figure(spread(measured.map(({ perSecond }) => perSecond / 1_000)).highest)],
    cpu,
    ['load: CPU s a million', (measured) => middle(measured, (each) => each.loadCpuPerMillion)],
    ['p99 µs', (measured) => middle(measured, (each) => each.p99Us)],
    lost,
  ],
  balance: [
    ['shares, largest first', (measured) => measured[0].shares.map(percent).join(', ')],
    ['largest ÷ even', (measured) => middle(measured, ({ shares }) => shares[0] * shares.length)],
  ],
  'kill-udp': [rate, kills, passed, sent, lost, dropped, mean, mostAtOne, unreachable, ...latencies, cpu],
  'kill-tcp': [rate, kills, passed, ...connections, sent, lost, mean, ...latencies, cpu],
  'reload-udp': [rate, reloads, slowestReload, sent, lost, dropped, mostAtOne, unreachable, ...latencies, cpu],
  'reload-tcp': [rate, reloads, slowestReload, ...connections, sent, lost, ...latencies, cpu],
  slow: [
    rate,
    ['p50 µs alone', (measured) => middle(measured, ({ without }) => without.p50Us)],
    ['p50 µs beside slow ones', (measured) => middle(measured, ({ among }) => among.p50Us)],
    ['p99 µs alone', (measured) => middle(measured, ({ without }) => without.p99Us)],
    ['p99 µs beside slow ones', (measured) => middle(measured, ({ among }) => among.p99Us)],
    ['p99 ratio', (measured) => middle(measured, ({ without, among }) => among.p99Us / without.p99Us)],
    ['unanswered', (measured) => sum(measured, ({ without, among }) => without.unanswered + among.unanswered)],
    ['slow clients', (measured) => middle(measured, ({ slow }) => slow.open)],
    ['ended by the server', (measured) => sum(measured, ({ slow }) => slow.ended)],
  ],
}

function remarksOf(measured, failures) {
  const left = measured.reduce((total, each) => total + (each.left ?? 0), 0)
  const wrong = measured.reduce((total, each) => total + (each.wrong ?? 0), 0)
  const doubled = measured.reduce((total, each) => total + (each.doubled ?? 0), 0)
  const unsent = measured.reduce((total, each) => total + (each.unsent ?? 0), 0)
  return [
    ...(wrong ? [`${wrong} wrong replies`] : []),
    ...(doubled ? [`${doubled} double replies`] : []),
    ...(unsent ? [`${unsent} requests could not be sent`] : []),
    ...(left ? [`${left} processes left behind`] : []),
    ...measured.flatMap(({ problems = [] }) => problems),
    ...[...failures].map(([reason, count]) => (count > 1 ? `${count} rounds: ${reason}` : reason)),
  ]
    .join('; ')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
}

export function formatTable(scenario, rows) {
  const ratio = scenario.reference ? [`÷ ${scenario.reference}`] : []
  const own = columns[scenario.kind]
  const line = (values) => `| ${values.join(' | ')} |`
  const titles = [...own.map(([title]) => title), ...ratio]
  const lines = [line(['server', ...titles, 'remarks']), line(['---', ...titles.map(() => '---:'), '---'])]
  const reference = rows.find(({ row }) => row.peer.name === scenario.reference)?.rounds
  for (const { row, rounds, failures } of rows) {
    const measured = [...rounds.values()]
    const cells = own.map(([, cell]) => (measured.length ? cell(measured) : dash))
    if (scenario.reference) cells.push(figure(pairwiseRatio(rounds, reference, ({ perSecond }) => perSecond)))
    lines.push(line([row.label ?? row.peer.description, ...cells, remarksOf(measured, failures)]))
  }
  return lines.join('\n')
}
