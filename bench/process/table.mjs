// Turns the measurements of one scenario into a Markdown table. A peer without
// any measurement keeps its row, with the reason in the last column.

import { median, pairwiseRatio, spread } from '../lib/statistics.mjs'

const dash = '–'

function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return dash
  if (value === 0) return '0'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

const middle = (measured, pick) => figure(median(measured.map(pick)))

function spreadCells(measured, pick) {
  const values = spread(measured.map(pick))
  return [values.lowest, values.median, values.highest].map(figure)
}

const unitNames = { 1_000: 'thousand', 1_000_000: 'million' }

/** Titles and cells of each kind of table; `ratio` picks what is compared with the reference. */
const columns = {
  rate: {
    titles: ({ rateUnit }) => ['min', `${unitNames[rateUnit]} a second`, 'max', 'CPU µs each'],
    ratio: ({ perSecond }) => perSecond,
    cells: (measured, { rateUnit }) => [
      ...spreadCells(measured, ({ perSecond }) => perSecond / rateUnit),
      middle(measured, ({ processorUs }) => processorUs),
    ],
  },
  trip: {
    titles: () => ['min', 'µs a round', 'max', 'CPU µs each'],
    ratio: ({ perSecond }) => 1e6 / perSecond,
    cells: (measured) => [
      ...spreadCells(measured, ({ perSecond }) => 1e6 / perSecond),
      middle(measured, ({ processorUs }) => processorUs),
    ],
  },
  start: {
    titles: () => ['first result, min', 'first result, ms', 'max', 'joined, ms', 'CPU ms each'],
    ratio: ({ firstMs }) => firstMs,
    cells: (measured) => [
      ...spreadCells(measured, ({ firstMs }) => firstMs),
      middle(measured, ({ joinMs }) => joinMs),
      middle(measured, ({ processorMs }) => processorMs),
    ],
  },
  idle: {
    titles: () => ['PSS of a lane, MiB', 'private to it, MiB', 'CPU ms a second'],
    ratio: ({ mib }) => mib,
    cells: (measured) => [
      middle(measured, ({ mib }) => mib),
      middle(measured, ({ privateMib }) => privateMib),
      middle(measured, ({ processorMs }) => processorMs),
    ],
  },
}

const chaosColumns = [
  ['kills', 'kills'],
  ['tasks', 'submitted'],
  ['answered', 'fulfilled'],
  ['failed', 'rejected'],
  ['failed, never begun', 'neverBegun'],
  ['failed on a worker that lived', 'collateral'],
  ['lost', 'lost'],
  ['hung', 'hung'],
  ['doubled', 'doubled'],
  ['wrong answer', 'misattributed'],
  ['answered, not done', 'unfounded'],
  ['pools broken', 'broken'],
  ['orphans', 'orphans'],
  ['zombies', 'zombies'],
  ['leaked fds', 'leakedFiles'],
  ['leaked mappings', 'leakedMappings'],
  ['alive 1 s after the parent was killed', 'survivors'],
  ['death to failure, median ms', 'noticedMs'],
  ['slowest, ms', 'slowestMs'],
  ['seconds', 'seconds'],
]

columns.chaos = {
  titles: () => chaosColumns.map(([title]) => title),
  cells: (measured) => chaosColumns.map(([, key]) => figure(measured[0][key])),
}

export function formatTable(scenario, rows) {
  const { titles, cells, ratio } = columns[scenario.kind]
  const names = [...titles(scenario), ...(ratio ? [`÷ ${scenario.reference}`] : [])]
  const reference = rows.find(({ peer }) => peer.name === scenario.reference)?.rounds
  const line = (values) => `| ${values.join(' | ')} |`
  const lines = [line(['peer', ...names, 'remarks']), line(['---', ...names.map(() => '---:'), '---'])]
  for (const { peer, rounds, failures } of rows) {
    const measured = [...rounds.values()]
    const values = measured.length ? cells(measured, scenario) : titles(scenario).map(() => dash)
    if (ratio) values.push(figure(pairwiseRatio(rounds, reference, ratio)))
    const remarks = [...failures].map(([reason, count]) => (count > 1 ? `${count} rounds: ${reason}` : reason))
    lines.push(line([`${peer.description} (\`${peer.name}\`)`, ...values, remarks.join('; ').replaceAll('|', '\\|')]))
  }
  return lines.join('\n')
}
