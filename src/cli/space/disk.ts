/** `lanework disk [NAME|FILE]`: disk space that users share, step by step as maps of blocks. */
import { checkChoice } from '../../core/index.ts'
import {
  diskMethods,
  diskScenarios,
  playDisk,
  readDisk,
  type DiskMethodName,
  type DiskReport,
  type DiskScenario,
  type DiskStep,
} from '../../schedule/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print, table, type OutputOptions } from '../output.ts'
import { blockMap, createFileLetters, fileRows, type FileLetters } from './block-map.ts'
import { comparisonText, listOf, type Variant } from './comparison.ts'
import { openScenario } from './scenario-file.ts'
import { listText } from './scenario-list.ts'
import { labelled, wrapText } from '../terminal.ts'
import { screenOf, type Screen, type ScreenFlags } from './screen.ts'
import { stepLine } from './step-line.ts'
import { showSteps } from './stepping.ts'

export interface DiskCommandFlags extends OutputOptions, ScreenFlags {
  readonly method?: string
  readonly blocks?: number
  readonly blockSize?: number
  readonly fit?: string
  readonly ledger?: boolean
  readonly explain?: boolean
  readonly step?: boolean
}

export async function diskCommand(name: string | undefined, flags: DiskCommandFlags): Promise<void> {
  const screen = screenOf(flags)
  if (name === undefined) {
    const scenarios = diskScenarios.map((scenario) => ({ name: scenario.name, title: scenario.title }))
    return print(flags, { scenarios }, listText('disk', scenarios, screen))
  }
  const scenario = openScenario('disk', name, diskScenarios, readDisk)
  const reports = variantsOf(scenario, flags).map(playDisk)
  const [first] = reports as [DiskReport]
  if (first.differs !== undefined && first.differs.length > 0) process.exitCode = exitCodes.failed
  if (flags.json === true) {
    const values = reports.map((report) => ({
      ...report,
      ledger: report.steps.at(-1)?.ledger,
      steps: report.steps.map(withoutLedger),
    }))
    return print(flags, values.length === 1 ? (values[0] as object) : { variants: values }, '')
  }
  if (reports.length > 1) return print(flags, {}, variantsText(reports, screen))
  const letters = createFileLetters()
  const texts = first.steps.map((step, at) => stepText(step, at, screen, letters, flags))
  const end = endText(first, screen, letters, flags)
  if (flags.step !== true) return print(flags, {}, [headText(first, screen), texts.join('\n'), end].join('\n\n'))
  process.stdout.write(`${headText(first, screen)}\n\n`)
  if (await showSteps(texts)) process.stdout.write(`${end}\n`)
}

/** The last ledger stands beside the steps; those before can be had from the steps. */
function withoutLedger({ action, result, why, good }: DiskStep): Omit<DiskStep, 'ledger'> {
  return { action, result, why, good }
}

function variantsOf(scenario: DiskScenario, flags: DiskCommandFlags): DiskScenario[] {
  const { blocks, blockSize, fit } = flags
  const methods = listOf(flags.method, diskMethods)?.map((each) => checkChoice('--method', each, diskMethods))
  if (methods === undefined && blocks === undefined && blockSize === undefined && fit === undefined) return [scenario]
  const changed = {
    ...(blocks === undefined ? {} : { blocks }),
    ...(blockSize === undefined ? {} : { blockSize }),
    ...(fit === undefined ? {} : { fit: checkChoice('--fit', fit, ['first', 'best', 'worst']) }),
  }
  const known: readonly DiskMethodName[] = methods ?? [scenario.disk.method ?? 'indexed']
  // What was expected belongs to the scenario as it was.
  const withMethod = (method: DiskMethodName): DiskScenario => ({
    ...scenario,
    expected: undefined,
    disk: { ...scenario.disk, ...changed, method },
  })
  return known.map(withMethod)
}

function headText({ title, text, methodTitle, blocks, blockSize }: DiskReport, screen: Screen): string {
  const about = text === '' ? '' : `\n\n${wrapText(text, screen.columns)}`
  const how = wrapText(`How: ${methodTitle}; ${blocks} blocks of ${blockSize} bytes`, screen.columns)
  return `${screen.strong(wrapText(title, screen.columns))}${about}\n\n${how}`
}

function stepText(step: DiskStep, at: number, screen: Screen, letters: FileLetters, flags: DiskCommandFlags): string {
  const { action, result, why, good, ledger } = step
  const isExplained = flags.explain === true || flags.step === true
  const line = stepLine({ action, result, why: isExplained ? why : '', good }, at, screen)
  return isExplained ? `${line}\n${blockMap(ledger, screen, letters)}` : line
}

function endText(report: DiskReport, screen: Screen, letters: FileLetters, flags: DiskCommandFlags): string {
  const { steps, files, users, summary, differs } = report
  const ledger = steps.at(-1)?.ledger ?? []
  return [
    ...(ledger.length === 0 ? [] : [blockMap(ledger, screen, letters)]),
    ...(files.length === 0 ? [] : [table(fileRows(files, letters))]),
    ...(users.length === 0 ? [] : [table(userRows(report))]),
    ...(flags.ledger === true ? [table(ledgerRows(ledger))] : []),
    labelled(summary, screen.columns),
    ...(differs === undefined
      ? []
      : [differs.length === 0 ? 'As expected.' : `Not as expected: ${differs.join(', ')}.`]),
  ].join('\n\n')
}

function userRows({ users }: DiskReport): string[][] {
  const rows = users.map(({ owner, files, blocks, bytes, quota }) =>
    [owner, files, blocks, quota ?? '-', bytes].map(String),
  )
  return [['user', 'files', 'blocks', 'quota', 'bytes'], ...rows]
}

function ledgerRows(ledger: DiskStep['ledger']): string[][] {
  const rows = ledger.map(({ block, use, file, owner, position }) => [
    String(block),
    use ?? 'free',
    file ?? '',
    owner ?? '',
    position === undefined ? '' : String(position),
  ])
  return [['block', 'use', 'file', 'owner', 'number'], ...rows]
}

/** All variants: the disk at the end, and the numbers side by side. */
function variantsText(reports: readonly DiskReport[], screen: Screen): string {
  const letters = createFileLetters()
  const [first] = reports as [DiskReport]
  const maps = reports.map(
    ({ methodTitle, steps }) => `${methodTitle}\n${blockMap(steps.at(-1)?.ledger ?? [], screen, letters)}`,
  )
  return [
    screen.strong(wrapText(first.title, screen.columns)),
    ...maps,
    comparisonText(reports.map(variantOf), screen.columns),
  ].join('\n\n')
}

/** The numbers of one variant, short enough to stand beside others. */
function variantOf({ method, usage, files, reading, results }: DiskReport): Variant {
  const refused = results.refused as readonly string[]
  return {
    title: method,
    summary: [
      ['data blocks', String(usage.data)],
      ['blocks for the method', String(usage.overhead)],
      ['free blocks', String(usage.free)],
      ['longest free stretch', String(usage.largestHole)],
      ['unused bytes', String(usage.internalBytes)],
      ['files in pieces', `${usage.scattered} of ${files.length}`],
      ['blocks moved', String(results.moved)],
      ['blocks read', String(reading.blocks)],
      ['seeks', String(reading.seeks)],
      ['look-ups in the table', String(reading.lookups)],
      ['refused', refused.length === 0 ? 'nothing' : refused.join(', ')],
    ],
  }
}
