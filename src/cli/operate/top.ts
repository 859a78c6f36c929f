/** `lanework top`: a server as it runs. Asks for a status each second, and draws it. */
import { fail } from '../../core/index.ts'
import type { ProgramStatus } from '../../server/index.ts'
import { print } from '../output.ts'
import { terminalOf } from '../terminal.ts'
import type { TopFlags } from './command.ts'
import { openScreen, type Screen } from './screen.ts'
import type { Look } from './status-view.ts'
import { findTarget, withOperator, type Operator } from './target.ts'
import { sortColumns, topFrame, type FrameOptions } from './top-frame.ts'

/** As many looks as the widest sparkline shows. */
const historyLength = 60
const usualRows = 24

export async function topCommand(wanted: string | undefined, flags: TopFlags): Promise<void> {
  const isPlain = flags.once === true || flags.json === true
  if (!isPlain && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw fail('OPTION_INVALID', { option: 'top', rule: 'run on a terminal, or with --once or --json', got: 'a pipe' })
  }
  const path = await findTarget(wanted, flags)
  await withOperator(path, (operator) => (isPlain ? printLooks(operator, flags) : watchOn(operator, flags)))
}

/** What the pictures are made of: the last two looks, and the rates of the last minute. */
class Looks {
  look: Look | undefined
  readonly history: number[][] = []
  #seenMs = 0

  add(now: ProgramStatus): void {
    const nowMs = performance.now()
    const before = this.look?.now
    const sinceMs = nowMs - this.#seenMs
    if (before !== undefined) {
      for (const [index, server] of now.servers.entries()) {
        const rate = ((messagesOf(server) - messagesOf(before.servers[index] ?? server)) * 1_000) / Math.max(1, sinceMs)
        const rates = (this.history[index] ??= [])
        rates.push(Math.max(0, rate))
        if (rates.length > historyLength) rates.shift()
      }
    }
    this.look = { now, before, sinceMs }
    this.#seenMs = nowMs
  }
}

/** As the listeners count them: lanes that are replaced take their count along. */
function messagesOf({ listeners }: ProgramStatus['servers'][number]): number {
  return listeners.reduce((sum, { counters }) => sum + (counters['messages'] ?? 0), 0)
}

/** With --json every look; with --once one picture, after the second look, as rates need two. */
async function printLooks(operator: Operator, flags: TopFlags): Promise<void> {
  const looks = new Looks()
  for await (const now of operator.stream('watch', { intervalMs: flags.intervalMs })) {
    looks.add(now)
    if (flags.json === true) print(flags, now, '')
    if (flags.once === true && (flags.json === true || looks.look?.before !== undefined)) break
  }
  if (flags.json === true || looks.look === undefined) return
  const { columns, color } = terminalOf(flags)
  const rows = process.stdout.rows ?? usualRows
  const options: FrameOptions = { columns, rows, color, sort: 'lane', descending: false, history: looks.history }
  print(flags, {}, topFrame(looks.look, options).slice(0, -1).join('\n'))
}

async function watchOn(operator: Operator, flags: TopFlags): Promise<void> {
  const looks = new Looks()
  const { color } = terminalOf(flags)
  let sort = 0
  let descending = false
  const draw = (): void => {
    if (looks.look === undefined) return
    const columns = flags.width ?? screen.columns
    const view = { columns, rows: screen.rows, color, sort: sortColumns[sort] ?? 'lane', descending }
    screen.draw(topFrame(looks.look, { ...view, history: looks.history }))
  }
  const screen: Screen = openScreen({
    onResize: draw,
    onKey(key) {
      if (key === 'left' || key === 'right') {
        sort = (sort + (key === 'right' ? 1 : sortColumns.length - 1)) % sortColumns.length
        // Who looks for the busiest wants it on top; names and states read from the start.
        descending = sort > 1
      } else if (key === 'r') {
        descending = !descending
      }
      draw()
    },
  })
  const leaving = new AbortController()
  void screen.closed.then(() => leaving.abort())
  try {
    for await (const now of operator.stream('watch', { intervalMs: flags.intervalMs }, { signal: leaving.signal })) {
      looks.add(now)
      draw()
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error
  } finally {
    screen.close()
  }
}
