/** `lanework batch ps`: the jobs of a batch, once or again and again; and `show`: one of them. */
import type { Batch, JobStatus } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { openScreen, type Screen } from '../operate/screen.ts'
import { print } from '../output.ts'
import { terminalOf } from '../terminal.ts'
import { selectionOf, withRunning } from './connect.ts'
import type { BatchFlags, SelectionFlags } from './flags.ts'
import { psText } from './ps-view.ts'
import { showText } from './show-view.ts'
import { jobValue } from './words.ts'

export interface PsFlags extends SelectionFlags {
  readonly watch?: boolean
}

const everyMs = 500

export async function psCommand(jobs: readonly string[], flags: PsFlags): Promise<void> {
  await withRunning(flags, (batch) =>
    flags.watch === true ? watchOn(batch, jobs, flags) : printOnce(batch, jobs, flags),
  )
}

/** Those that are named, or all that have not ended; with --all those that ended too. */
async function chosen(batch: Batch, words: readonly string[], flags: PsFlags): Promise<readonly JobStatus[]> {
  const { all, ...others } = flags
  const selection = selectionOf(words, others)
  if (selection !== undefined) return batch.jobs(selection)
  const known = await batch.jobs()
  return all === true ? known : known.filter(({ state }) => state !== 'ended')
}

async function printOnce(batch: Batch, words: readonly string[], flags: PsFlags): Promise<void> {
  const jobs = await chosen(batch, words, flags)
  if (flags.json === true) {
    for (const job of jobs) print(flags, jobValue(job), '')
    return
  }
  const columns = process.stdout.isTTY ? terminalOf({}).columns : Infinity
  print(flags, {}, psText(jobs, await batch.status(), { now: Date.now(), columns }))
}

async function watchOn(batch: Batch, words: readonly string[], flags: PsFlags): Promise<void> {
  if (flags.json === true || !(process.stdin.isTTY && process.stdout.isTTY))
    throw fail('OPTION_INVALID', { option: '--watch', rule: 'used on a terminal, without --json', got: 'a pipe' })
  // Before the picture: an unknown job is said on the terminal as it was.
  await chosen(batch, words, flags)
  let lines: readonly string[] = []
  const screen: Screen = openScreen({ onKey: () => {}, onResize: () => screen.draw(lines) })
  const leaving = screen.closed.then(() => true)
  const pause = (): Promise<boolean> =>
    Promise.race([leaving, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), everyMs))])
  try {
    do {
      const [jobs, status] = [await chosen(batch, words, flags), await batch.status()]
      const text = psText(jobs, status, { now: Date.now(), columns: screen.columns })
      lines = [...text.split('\n').slice(0, screen.rows - 1), 'q leaves']
      screen.draw(lines)
    } while (!(await pause()))
  } finally {
    screen.close()
  }
}

export async function showCommand(words: readonly string[], flags: BatchFlags): Promise<void> {
  await withRunning(flags, async (batch) => {
    const jobs = await batch.jobs({ jobs: words.map((word) => (/^\d{1,15}$/.test(word) ? Number(word) : word)) })
    const { columns } = terminalOf({})
    for (const job of jobs) print(flags, jobValue(job), showText(job, { now: Date.now(), columns }))
  })
}
