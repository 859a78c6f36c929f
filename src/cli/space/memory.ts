/** `lanework memory [NAME|FILE]`: memory that programs share, step by step as maps. */
import { memoryScenarios, playMemory, readMemory, type MemoryReport, type MemoryStep } from '../../schedule/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print, table, type OutputOptions } from '../output.ts'
import { comparisonText, type Variant } from './comparison.ts'
import { framesTable } from './frames-table.ts'
import { createOwners, memoryBar, regionRows, type Owners } from './memory-map.ts'
import { memoryVariants, type MemoryFlags } from './memory-variants.ts'
import { openScenario } from './scenario-file.ts'
import { labelled, wrapText } from '../terminal.ts'
import { screenOf, type Screen, type ScreenFlags } from './screen.ts'
import { listText } from './scenario-list.ts'
import { stepLine } from './step-line.ts'
import { showSteps } from './stepping.ts'

export interface MemoryCommandFlags extends OutputOptions, ScreenFlags, MemoryFlags {
  readonly explain?: boolean
  readonly step?: boolean
}

export async function memoryCommand(name: string | undefined, flags: MemoryCommandFlags): Promise<void> {
  const screen = screenOf(flags)
  if (name === undefined) {
    const scenarios = memoryScenarios.map((scenario) => ({ name: scenario.name, title: scenario.title }))
    return print(flags, { scenarios }, listText('memory', scenarios, screen))
  }
  const scenario = openScenario('memory', name, memoryScenarios, readMemory)
  const reports = memoryVariants(scenario, flags).map(playMemory)
  const [first] = reports as [MemoryReport]
  if (first.differs !== undefined && first.differs.length > 0) process.exitCode = exitCodes.failed
  if (flags.json === true) return print(flags, reports.length === 1 ? first : { variants: reports }, '')
  if (reports.length > 1) return print(flags, {}, variantsText(reports, screen))
  if (flags.step !== true) return print(flags, {}, reportText(first, screen, flags.explain === true))
  process.stdout.write(`${headText(first, screen)}\n\n`)
  const owners = createOwners()
  const texts = first.steps.map((step, at) => stepText(step, at, screen, owners, true))
  if (await showSteps(texts)) process.stdout.write(`${endText(first, screen)}\n`)
}

function reportText(report: MemoryReport, screen: Screen, isExplained: boolean): string {
  return [headText(report, screen), stepsText(report, screen, isExplained), endText(report, screen)].join('\n\n')
}

function headText({ title, text, method }: MemoryReport, screen: Screen): string {
  const about = text === '' ? '' : `\n\n${wrapText(text, screen.columns)}`
  return `${screen.strong(wrapText(title, screen.columns))}${about}\n\n${wrapText(`How: ${method}`, screen.columns)}`
}

function stepsText({ steps }: MemoryReport, screen: Screen, isExplained: boolean): string {
  const owners = createOwners()
  const isPaging = steps.some(({ frames }) => frames !== undefined)
  if (!isPaging) return steps.map((step, at) => stepText(step, at, screen, owners, isExplained)).join('\n')
  const lines = steps.map((step, at) => lineText(step, at, screen, true))
  return [framesTable(steps, screen), ...(isExplained ? [lines.join('\n')] : [])].join('\n\n')
}

/** What happened, then memory as it is now. */
function stepText(step: MemoryStep, at: number, screen: Screen, owners: Owners, isExplained: boolean): string {
  const line = lineText(step, at, screen, isExplained)
  if (step.map !== undefined) return `${line}\n${memoryBar(step.map, screen.columns, screen, owners)}`
  return step.frames === undefined ? line : `${line}\n${framesTable([step], screen).split('\n\n')[0]}`
}

function lineText({ action, result, why, good }: MemoryStep, at: number, screen: Screen, isExplained: boolean): string {
  return stepLine({ action, result, why: isExplained ? why : '', good }, at, screen)
}

function endText({ steps, summary, differs }: MemoryReport, screen: Screen): string {
  const map = steps.at(-1)?.map
  return [
    ...(map === undefined ? [] : [table(regionRows(map))]),
    labelled(summary, screen.columns),
    ...(differs === undefined
      ? []
      : [differs.length === 0 ? 'As expected.' : `Not as expected: ${differs.join(', ')}.`]),
  ].join('\n\n')
}

/** All variants: memory at the end, and the numbers side by side. */
function variantsText(reports: readonly MemoryReport[], screen: Screen): string {
  const owners = createOwners()
  const [first] = reports as [MemoryReport]
  const bars = reports.map(({ method, steps }) => {
    const map = steps.at(-1)?.map
    return map === undefined ? method : `${method}\n${memoryBar(map, screen.columns, screen, owners)}`
  })
  const about = first.text === '' ? [] : [wrapText(first.text, screen.columns)]
  return [
    screen.strong(wrapText(first.title, screen.columns)),
    ...about,
    ...bars,
    comparisonText(reports.map(variantOf), screen.columns),
  ].join('\n\n')
}

/** The numbers of one variant, short enough to stand beside others. */
function variantOf({ method, usage, results, summary }: MemoryReport): Variant {
  if (usage === undefined) return { title: method, summary }
  const { given, free, holes, largestHole, internal, external } = usage
  const waiting = results.waiting as readonly string[]
  const allocs = results.allocs as readonly { readonly searched: number }[]
  return {
    title: method,
    summary: [
      ['in use', String(given)],
      ['free', String(free)],
      ['holes', String(holes)],
      ['largest hole', String(largestHole)],
      ['external fragmentation', `${(external * 100).toFixed(1)} %`],
      ['internal fragmentation', String(internal)],
      ['holes looked at', String(allocs.reduce((sum, { searched }) => sum + searched, 0))],
      ['waiting', waiting.length === 0 ? 'nobody' : waiting.join(', ')],
    ],
  }
}
