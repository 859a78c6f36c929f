/** `lanework batch gantt`, `report`, `trace`, `page`: the record of a batch that runs, as pictures, figures and files. */
import {
  followRecord,
  inSeconds,
  liveFrame,
  recordSvg,
  serveBatchPage,
  simulationOf,
  type Batch,
  type RunRecord,
} from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { drawGantt } from '../../schedule/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { openScreen, type Screen } from '../operate/screen.ts'
import { print, remark } from '../output.ts'
import { drawOptions, terminalOf } from '../terminal.ts'
import { batchPath, withRunning } from './connect.ts'
import type { BatchFlags } from './flags.ts'
import { policiesOf } from './settings.ts'
import { showReport, traceText, writeText } from './run-files.ts'

const nothingYet = 'no job has run yet'

export interface GanttFlags extends BatchFlags {
  readonly follow?: boolean
  readonly svg?: string
  readonly width?: number
  readonly ascii?: boolean
}

export async function ganttCommand(flags: GanttFlags): Promise<void> {
  await withRunning(flags, async (batch) => {
    if (flags.follow === true) return followOn(batch, flags)
    const record = await batch.record()
    if (flags.svg !== undefined && record.steps.length === 0) {
      remark(`${nothingYet}: there is nothing to draw in ${flags.svg}`)
      process.exitCode = exitCodes.failed
      return
    }
    if (flags.svg !== undefined) return writeText('--svg', flags.svg, recordSvg(record))
    print(flags, record, flags.json === true ? '' : ganttText(record, flags))
  })
}

/** Times in seconds. */
function ganttText(record: RunRecord, flags: GanttFlags): string {
  if (record.steps.length === 0) return nothingYet
  return drawGantt(inSeconds(simulationOf(record)), drawOptions(flags)).replace(
    /(a column is [\d.]+) units? of time/,
    '$1 s',
  )
}

async function followOn(batch: Batch, flags: GanttFlags): Promise<void> {
  if (!(process.stdin.isTTY && process.stdout.isTTY))
    throw fail('OPTION_INVALID', { option: '--follow', rule: 'used on a terminal', got: 'a pipe' })
  const { color } = terminalOf({})
  const leaving = new AbortController()
  let draw = (): void => {}
  const screen: Screen = openScreen({ onKey: () => {}, onResize: () => draw() })
  void screen.closed.then(() => leaving.abort())
  try {
    for await (const record of followRecord(batch, { signal: leaving.signal })) {
      draw = () =>
        screen.draw(
          liveFrame(record, {
            width: flags.width ?? screen.columns,
            height: screen.rows,
            color,
            charset: flags.ascii === true ? 'ascii' : 'unicode',
            footer: 'q leaves',
          }),
        )
      draw()
    }
  } finally {
    screen.close()
  }
}

export interface ReportFlags extends BatchFlags {
  readonly policy?: string
  readonly on?: number
}

/** Without a policy as it ran; with several, each of them beside what was measured. */
export async function reportCommand(flags: ReportFlags): Promise<void> {
  const policies = flags.policy === undefined ? [undefined] : policiesOf(flags)
  await withRunning(flags, async (batch) => {
    const record = await batch.record()
    for (const [index, policy] of policies.entries()) {
      if (index > 0 && flags.json !== true) print(flags, {}, '')
      showReport(record, flags, batchPath(flags), { policy, cpus: flags.on })
    }
  })
}

export async function traceCommand(file: string, flags: BatchFlags): Promise<void> {
  await withRunning(flags, async (batch) => {
    writeText('FILE', file, traceText(await batch.record()))
  })
}

export interface PageFlags extends BatchFlags {
  readonly port: number
}

/** Until Ctrl-C, or the end of the batch. */
export async function pageCommand(flags: PageFlags): Promise<void> {
  await withRunning(flags, async (batch) => {
    const page = await serveBatchPage(batch, { listen: `ws://127.0.0.1:${flags.port}/batch` })
    // Whoever reads the address may end it at once.
    const signalled = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    })
    print(flags, { url: page.url }, page.url)
    remark('Ctrl-C ends the page; the batch goes on')
    const isOver = await Promise.race([signalled.then(() => false), page.over.then(() => true)])
    if (isOver) remark('The batch has ended, and so does its page; one that is open keeps what it shows')
    await page.close()
  })
}
