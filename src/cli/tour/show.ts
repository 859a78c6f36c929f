/** How the tour looks on a terminal: the list, one result, and a line for each result of `all`. */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { escapeControls, table } from '../output.ts'
import type { ComparedLine } from './expectation.ts'
import type { TourResult } from './run.ts'
import type { TourRow } from './row.ts'
import { commandOf, sourceOf, tasksOf, tourRows, tourSections, tourTest } from './table.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const widthColumns = 100
const marks = process.stdout.isTTY ? { yes: '✓', no: '✗' } : { yes: 'ok', no: 'NO' }

/** Sections and rows with their titles. */
export function listText(): string {
  const width = Math.max(...tourRows.map((row) => row.name.length))
  const sections = tourSections.map((section) => {
    const rows = tourRows.filter((row) => row.section === section.id)
    return [section.title, ...rows.map((row) => `  ${row.name.padEnd(width)}  ${row.title}`)].join('\n')
  })
  return [...sections, 'lanework tour NAME runs one of them, lanework tour all runs every one.'].join('\n\n')
}

/** The title, the explanation, expected beside observed, and where to read on. */
export function resultText(result: TourResult): string {
  const { row } = result
  const tasks = tasksOf(row)
  return [
    row.title,
    wrap(row.explanation, widthColumns),
    result.outcome === 'skipped' ? `Skipped: ${result.remark}` : comparisonText(result),
    table([
      ['command', commandOf(row)],
      ['source', placeOf(sourceOf(row))],
      ...(tasks === undefined ? [] : [['tasks', placeOf(tasks)]]),
      ...(existsSync(join(root, tourTest)) ? [['test', placeOf(tourTest)]] : []), // Not in an installed package.
    ]),
  ].join('\n\n')
}

/** One line for one result of `all`; what differs is shown in full. */
export function summaryText(result: TourResult): string {
  const { row, outcome, tookMs } = result
  const word = { matched: marks.yes, differs: marks.no, skipped: '--' }[outcome]
  const line = `${word} ${nameColumn(row)}  ${outcome === 'skipped' ? `skipped: ${result.remark}` : `${row.title} (${tookMs} ms)`}`
  return outcome === 'differs' ? `${line}\n${comparisonText(result)}` : line
}

/** A file of the package as seen from here. */
function placeOf(path: string): string {
  return relative(process.cwd(), join(root, path))
}

function nameColumn(row: TourRow): string {
  return row.name.padEnd(Math.max(...tourRows.map((each) => each.name.length)))
}

function comparisonText({ lines, remark, tookMs }: TourResult): string {
  const matched = lines.filter((line) => line.matched).length
  const longest = (side: 'expected' | 'observed'): number =>
    Math.max(0, ...lines.map((line) => textOf(line[side]).length))
  const wide = marks.yes.length + longest('expected') + longest('observed') + 4 > widthColumns
  return [
    wide ? stacked(lines) : sideBySide(lines),
    ...(remark === undefined ? [] : [`${marks.no} ${escapeControls(remark)}`]),
    `${matched} of ${lines.length} lines as expected, in ${tookMs} ms`,
  ].join('\n')
}

function sideBySide(lines: readonly ComparedLine[]): string {
  const rows = lines.map((line) => [markOf(line), textOf(line.expected), textOf(line.observed)])
  return table([['', 'expected', 'observed'], ...rows])
}

/** For lines too long to stand side by side. */
function stacked(lines: readonly ComparedLine[]): string {
  const indent = ' '.repeat(marks.yes.length)
  return lines
    .map((line) => `${markOf(line)} expected  ${textOf(line.expected)}\n${indent} observed  ${textOf(line.observed)}`)
    .join('\n')
}

function markOf(line: ComparedLine): string {
  return line.matched ? marks.yes : marks.no
}

function textOf(line: string | undefined): string {
  return line === undefined ? '(nothing)' : escapeControls(line)
}

function wrap(text: string, columns: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}
