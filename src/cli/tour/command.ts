/** `lanework tour [NAME]`: the course. It runs an example and shows what was expected beside what was observed. */
import type { Command } from 'commander'

import { fail, nearestName } from '../../core/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print, run, type OutputOptions } from '../output.ts'
import { runRow, type TourResult } from './run.ts'
import { listText, resultText, summaryText } from './show.ts'
import type { TourRow } from './row.ts'
import { commandOf, sourceOf, tasksOf, tourRows, tourSections, tourTest } from './table.ts'

export function addTour(program: Command): void {
  program
    .command('tour')
    .summary('the course of sockets, processes and scheduling: run an example, see expected beside observed')
    .argument('[name]', 'an example of the list, or all')
    .option('--json', 'one JSON value a line')
    .addHelpText('before', 'Example:\n  lanework tour\n  lanework tour udp-upper\n')
    .action((name: string | undefined, flags: OutputOptions) => run(flags, () => tourCommand(name, flags)))
}

async function tourCommand(name: string | undefined, flags: OutputOptions): Promise<void> {
  if (name === undefined) list(flags)
  else if (name === 'all') await runAll(flags)
  else await runOne(findRow(name), flags)
}

function list(flags: OutputOptions): void {
  if (flags.json !== true) return print(flags, {}, listText())
  for (const row of tourRows) print(flags, rowValue(row), '')
}

async function runOne(row: TourRow, flags: OutputOptions): Promise<void> {
  const result = await runRow(row)
  print(flags, resultValue(result), resultText(result))
  if (result.outcome !== 'matched') process.exitCode = exitCodes.failed
}

/** Examples that cannot run on this machine are named, and count as no failure. */
async function runAll(flags: OutputOptions): Promise<void> {
  const counts = { matched: 0, differs: 0, skipped: 0 }
  for (const row of tourRows) {
    const result = await runRow(row)
    counts[result.outcome]++
    print(flags, resultValue(result), summaryText(result))
  }
  if (counts.differs > 0) process.exitCode = exitCodes.failed
  print(flags, counts, `\n${counts.matched} as expected, ${counts.differs} not, ${counts.skipped} skipped`)
}

function findRow(name: string): TourRow {
  const found = tourRows.find((row) => row.name === name)
  if (found !== undefined) return found
  const near = nearestName(name, [...tourRows.map((row) => row.name), 'all'])
  const hint = near === undefined ? '' : ` (perhaps ${near}?)`
  throw fail('OPTION_INVALID', {
    option: 'tour NAME',
    rule: `a name that \`lanework tour\` lists${hint}`,
    got: JSON.stringify(name),
  })
}

function rowValue(row: TourRow): object {
  const section = tourSections.find((candidate) => candidate.id === row.section)
  const { name, title, explanation, expected, needs } = row
  return {
    section: section?.title,
    name,
    title,
    explanation,
    command: commandOf(row),
    source: sourceOf(row),
    tasks: tasksOf(row),
    test: tourTest,
    expected,
    needs,
  }
}

function resultValue({ row, outcome, lines, remark, tookMs }: TourResult): object {
  return { ...rowValue(row), outcome, lines, remark, tookMs }
}
