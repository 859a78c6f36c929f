/** A run while it goes on: a moving picture on a terminal, a line for each start and end elsewhere. */
import {
  followRecord,
  liveFrame,
  type Batch,
  type BatchFile,
  type JobStatus,
  type RunRecord,
} from '../../batch/index.ts'
import { openScreen, type Screen } from '../operate/screen.ts'
import { print } from '../output.ts'
import { durationText } from '../operate/figures.ts'
import { terminalOf } from '../terminal.ts'
import { addFile } from './add-file.ts'
import type { Interruption } from './interruption.ts'
import { jobText } from './words.ts'
import { endText } from './wait.ts'

export interface WatchedRun {
  readonly flags: { readonly json?: boolean; readonly view: boolean }
  readonly interruption: Interruption
}

/** Hands the jobs in, shows what becomes of them, and gives the record of all once they have ended. */
export async function showRun(
  batch: Batch,
  file: Pick<BatchFile, 'jobs' | 'place'>,
  run: WatchedRun,
): Promise<RunRecord> {
  const isLive = run.flags.view && run.flags.json !== true && process.stdin.isTTY && process.stdout.isTTY
  const over = new AbortController()
  const printer = new LinePrinter()
  const isShown =
    run.flags.json === true
      ? Promise.resolve()
      : isLive
        ? picture(batch, over, run, printer)
        : lines(batch, over.signal, printer)
  isShown.catch(() => {})
  try {
    const jobs = await addFile(batch, file)
    run.interruption.takes(batch)
    await batch.wait({ jobs: jobs.map(({ id }) => id) })
    const record = await batch.record()
    // The last ends may not have been told yet.
    if (run.flags.json !== true && !isLive) for (const job of record.jobs) printer.take(job)
    return record
  } finally {
    over.abort()
    await isShown
  }
}

/** Until it is over, or somebody has seen enough: then it goes on in lines. */
async function picture(
  batch: Batch,
  over: AbortController,
  { interruption }: WatchedRun,
  printer: LinePrinter,
): Promise<void> {
  const { color } = terminalOf({})
  let footer = 'q: no picture   Ctrl-C: cancel'
  let last: RunRecord | undefined
  const draw = (): void => {
    if (last === undefined || interruption.isUnseen) return
    screen.draw(liveFrame(last, { width: screen.columns, height: screen.rows, color, footer }))
  }
  const screen: Screen = openScreen({
    onKey: () => {},
    onResize: draw,
    onInterrupt: () => interruption.interrupt(),
  })
  const before = interruption.say
  interruption.say = (text) => {
    footer = text
    draw()
  }
  const leaving = new AbortController()
  over.signal.addEventListener('abort', () => leaving.abort())
  void screen.closed.then(() => leaving.abort())
  try {
    for await (const record of followRecord(batch, { signal: leaving.signal })) {
      last = record
      draw()
    }
  } finally {
    interruption.say = before
    screen.close()
  }
  if (!over.signal.aborted) await lines(batch, over.signal, printer)
}

/** Prints a line for each start and end, once. */
class LinePrinter {
  readonly #begun = performance.now()
  readonly #attempts = new Map<number, number>()
  readonly #ended = new Set<number>()

  take(job: JobStatus): void {
    if (this.#ended.has(job.id)) return
    const before = this.#attempts.get(job.id) ?? 0
    if (job.attempt > before && (job.pid !== undefined || job.state === 'ended') && job.startedAt !== undefined) {
      this.#attempts.set(job.id, job.attempt)
      const pid = job.pid === undefined ? '' : `, pid ${job.pid}`
      this.#say(`${jobText(job)}: ${job.attempt === 1 ? 'starts' : `starts again (attempt ${job.attempt})`}${pid}`)
    }
    if (job.state !== 'ended') return
    this.#ended.add(job.id)
    this.#say(endText(job))
  }

  #say(text: string): void {
    print({}, {}, `${durationText(performance.now() - this.#begun).padStart(8)}  ${text}`)
  }
}

async function lines(batch: Batch, signal: AbortSignal, printer: LinePrinter): Promise<void> {
  for await (const event of batch.watch({ signal })) if (event.kind === 'job') printer.take(event.job)
}
