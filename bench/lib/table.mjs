// Turns the measurements of one scenario into a Markdown table. A server
// without any measurement keeps its row, with the reason in the last column.

import { median, pairwiseRatio, spread } from './statistics.mjs'

const dash = '–'

function fixed(value, digits) {
  return value === undefined || !Number.isFinite(value) ? dash : value.toFixed(digits)
}

function lostShare(measured) {
  const sent = measured.reduce((sum, { sent: count }) => sum + count, 0)
  const lost = measured.reduce((sum, { lost: count }) => sum + count, 0)
  return lost === 0 ? '0' : `${((lost / sent) * 100).toPrecision(2)} %`
}

function remarks(row, measured) {
  const notes = []
  const mismatched = measured.reduce((sum, { mismatched: count = 0 }) => sum + count, 0)
  const late = measured.reduce((sum, { late: count = 0 }) => sum + count, 0)
  if (mismatched) notes.push(`${mismatched} wrong replies`)
  if (late) notes.push(`${late} replies late or double`)
  for (const [reason, count] of row.failures) notes.push(count > 1 ? `${count} rounds: ${reason}` : reason)
  return notes.join('; ').replaceAll('|', '\\|')
}

const columns = {
  throughput: {
    titles: ['min', 'median', 'max', '÷ C', '÷ Node', 'lost', 'server µs per message', 'server core busy'],
    cells(row, measured, rows) {
      const rate = spread(measured.map(({ perSecond }) => perSecond / 1_000))
      const pick = ({ perSecond }) => perSecond
      const against = (role) => rows.find(({ peer }) => peer.role === role)?.rounds
      return [
        fixed(rate.lowest, 1),
        fixed(rate.median, 1),
        fixed(rate.highest, 1),
        fixed(pairwiseRatio(row.rounds, against('c'), pick), 2),
        fixed(pairwiseRatio(row.rounds, against('node'), pick), 2),
        lostShare(measured),
        fixed(median(measured.map(({ processorUsPerMessage }) => processorUsPerMessage)), 2),
        `${fixed(median(measured.map(({ busyShare }) => busyShare)) * 100, 0)} %`,
      ]
    },
  },
  latency: {
    titles: ['p50 min', 'p50', 'p50 max', 'p99 min', 'p99', 'p99 max', 'p99.9', 'lost', 'server µs per message'],
    cells(row, measured) {
      const p50 = spread(measured.map(({ p50Us }) => p50Us))
      const p99 = spread(measured.map(({ p99Us }) => p99Us))
      const values = [p50.lowest, p50.median, p50.highest, p99.lowest, p99.median, p99.highest]
      return [
        ...values.map((value) => fixed(value, 0)),
        fixed(median(measured.map(({ p999Us }) => p999Us)), 0),
        lostShare(measured),
        fixed(median(measured.map(({ processorUsPerMessage }) => processorUsPerMessage)), 1),
      ]
    },
  },
  idle: {
    titles: ['min', 'KiB per connection', 'max', 'process before, MiB', 'process with all, MiB'],
    cells(row, measured) {
      const perConnection = spread(measured.map(({ kibPerConnection }) => kibPerConnection))
      return [
        fixed(perConnection.lowest, 2),
        fixed(perConnection.median, 2),
        fixed(perConnection.highest, 2),
        fixed(median(measured.map(({ beforeKib }) => beforeKib / 1_024)), 1),
        fixed(median(measured.map(({ afterKib }) => afterKib / 1_024)), 1),
      ]
    },
  },
}

export function formatTable(scenario, rows) {
  const { titles, cells } = columns[scenario.kind]
  const line = (values) => `| ${values.join(' | ')} |`
  const lines = [line(['server', ...titles, 'remarks']), line(['---', ...titles.map(() => '---:'), '---'])]
  for (const row of rows) {
    const measured = [...row.rounds.values()]
    const values = measured.length ? cells(row, measured, rows) : titles.map(() => dash)
    lines.push(line([`${row.peer.description} (\`${row.peer.name}\`)`, ...values, remarks(row, measured)]))
  }
  return lines.join('\n')
}
