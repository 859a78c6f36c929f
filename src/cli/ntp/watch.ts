/** `lanework ntp HOST... --watch`: a clock of its own, kept by the servers, and the system's clock plotted against it. */
import { ClockKeeper, DisciplinedClock, wallOffset, type Exchanged } from '../../services/time/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { openScreen, type Screen } from '../operate/screen.ts'
import { exitCodes } from '../exit-codes.ts'
import { print } from '../output.ts'
import { terminalOf } from '../terminal.ts'
import type { NtpFlags } from './command.ts'
import { History } from './history.ts'
import { timeText, signedText } from './view.ts'
import { watchFrame } from './watch-frame.ts'

/** The picture is drawn anew so often. */
const drawMs = 1_000

export async function watchCommand(servers: readonly string[], flags: NtpFlags): Promise<void> {
  const { timeoutMs, ntpVersion: version, atLeast, minPoll, maxPoll } = flags
  const clock = new DisciplinedClock({ atLeast: Math.min(atLeast, servers.length) })
  const poll = {
    ...(minPoll && { minPoll }),
    ...((maxPoll ?? minPoll) ? { maxPoll: Math.max(maxPoll ?? 10, minPoll ?? 1) } : {}),
  }
  const keeper = new ClockKeeper(clock, servers, { timeoutMs, version, ...poll })
  const watch = new Watch(keeper, flags)
  try {
    const isPicture = flags.json !== true && process.stdin.isTTY && process.stdout.isTTY
    await (isPicture ? watch.draw() : watch.printLines())
  } finally {
    await keeper.close()
  }
  if (!clock.synchronised) process.exitCode = exitCodes.noAnswer
}

class Watch {
  readonly #keeper: ClockKeeper
  readonly #flags: NtpFlags
  readonly #history = new History()
  readonly #startNs: bigint
  #answers = 0

  constructor(keeper: ClockKeeper, flags: NtpFlags) {
    this.#keeper = keeper
    this.#flags = flags
    this.#startNs = keeper.clock.ticks.ns()
  }

  /** A line for each exchange, until a signal comes or `--count` are there. */
  printLines(): Promise<void> {
    return this.#until((finish) => {
      process.once('SIGINT', finish)
      process.once('SIGTERM', finish)
      const stop = this.#keeper.events.on('exchange', (exchanged) => {
        print(this.#flags, this.#value(exchanged), this.#line(exchanged))
        if (this.#hasEnough(exchanged)) finish()
      })
      return () => {
        process.off('SIGINT', finish)
        process.off('SIGTERM', finish)
        stop()
      }
    })
  }

  /** The terminal's other screen, until q. */
  draw(): Promise<void> {
    return this.#until((finish) => {
      const { color } = terminalOf(this.#flags)
      const draw = (): void => {
        const columns = this.#flags.width ?? screen.columns
        screen.draw(watchFrame(this.#keeper, this.#history, { columns, rows: screen.rows, color }))
      }
      const screen: Screen = openScreen({ onKey: draw, onResize: draw })
      void screen.closed.then(finish)
      const drawing = setInterval(() => {
        this.#seeClock()
        draw()
      }, drawMs)
      const stop = this.#keeper.events.on('exchange', (exchanged) => {
        const isEnough = this.#hasEnough(exchanged)
        this.#seeClock()
        draw()
        if (isEnough) finish()
      })
      return () => {
        clearInterval(drawing)
        stop()
        screen.close()
      }
    })
  }

  async #until(begin: (finish: () => void) => () => void): Promise<void> {
    // The keeper's timers do not keep the process.
    const holding = setInterval(() => {}, 2 ** 30)
    let end = (): void => {}
    try {
      await new Promise<void>((resolve) => {
        end = begin(resolve)
      })
    } finally {
      end()
      clearInterval(holding)
    }
  }

  #hasEnough({ server, sample, fate }: Exchanged): boolean {
    if (sample === undefined) return false
    this.#history.addSample({ at: this.#at(), server, offset: this.#offsetOf(sample), taken: fate !== 'suspect' })
    return ++this.#answers >= (this.#flags.count ?? Infinity)
  }

  #seeClock(): void {
    const { clock } = this.#keeper
    if (!clock.synchronised) return
    const { ns, latest } = clock.now()
    this.#history.addClock({ at: this.#at(), offset: clock.wallBehind(), bound: Number(latest - ns) / 1e9 })
  }

  #at(): number {
    return Number(this.#keeper.clock.ticks.ns() - this.#startNs) / 1e9
  }

  /** Of the server less the system's clock, seconds. */
  #offsetOf({ timeNs, atNs }: { readonly timeNs: bigint; readonly atNs: bigint }): number {
    const { ticks } = this.#keeper.clock
    return Number(timeNs - (atNs + wallOffset(ticks).offsetNs)) / 1e9
  }

  #value({ server, sample, fate, error }: Exchanged): object {
    const { clock } = this.#keeper
    if (sample === undefined) return { server, error: error instanceof Error ? error.message : String(error) }
    const { ns, latest } = clock.now()
    const { stratum, delay } = sample
    const known = clock.synchronised ? { clock: { offset: clock.wallBehind(), bound: Number(latest - ns) / 1e9 } } : {}
    const { frequency } = clock.parameters
    return { server, offset: this.#offsetOf(sample), delay, stratum, fate, ...known, frequency }
  }

  #line({ server, sample, fate, error }: Exchanged): string {
    const at = `${this.#at().toFixed(0)} s`.padStart(7)
    if (sample === undefined)
      return `${at}  ${visibleText(server)}  ${error instanceof Error ? error.message : String(error)}`
    const { clock } = this.#keeper
    const { ns, latest } = clock.now()
    const offset = signedText(this.#offsetOf(sample)).padStart(9)
    const combined = clock.synchronised
      ? `clock ${signedText(clock.wallBehind())} +/- ${timeText(Number(latest - ns) / 1e9)}`
      : 'not synchronised yet'
    const odd = fate === 'taken' ? '' : `  (${fate})`
    return `${at}  ${visibleText(server)}  ${offset}  delay ${timeText(sample.delay)}  ${combined}${odd}`
  }
}
