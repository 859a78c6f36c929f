/** One picture of `lanework ntp --watch`, as lines that fit the terminal. */
import { visibleText } from '../../schedule/index.ts'
import type { BoundedTime, ClockSource, KeptServer } from '../../services/time/index.ts'
import type { SeenClock, SeenSample } from './history.ts'
import { letterOf, plotLines } from './plot.ts'
import { signedText, timeText } from './view.ts'

export interface FrameOptions {
  readonly columns: number
  readonly rows: number
  readonly color: boolean
}

/** What is shown of a ClockKeeper. */
export interface Watched {
  readonly servers: readonly KeptServer[]
  readonly clock: {
    readonly synchronised: boolean
    readonly sources: readonly ClockSource[]
    readonly parameters: { readonly frequency: number }
    wallBehind(): number
    now(): BoundedTime
  }
}

/** At most `rows` lines of at most `columns` characters, escape sequences apart. */
export function watchFrame(
  watched: Watched,
  { samples, clock }: { readonly samples: readonly SeenSample[]; readonly clock: readonly SeenClock[] },
  { columns, rows, color }: FrameOptions,
): string[] {
  const servers = watched.servers.map(({ server }) => server)
  const below = watched.servers.map((each) => serverLine(each, watched.clock.sources, servers))
  const title = clockLine(watched)
  const keys = 'q quits; letters are samples, the line is the clock made of them, dots its bounds'
  const room = rows - below.length - 3
  const plot = plotLines(samples, clock, { columns, rows: Math.max(0, room), servers })
  const lines = [
    { text: title, style: '1' },
    ...plot.map((text) => ({ text, style: '' })),
    { text: '', style: '' },
    ...below.map((text) => ({ text, style: '' })),
    { text: keys, style: '2' },
  ]
  return lines.slice(0, rows).map(({ text, style }) => {
    const cut = [...text].slice(0, columns).join('').trimEnd()
    return color && style !== '' ? `\u001b[${style}m${cut}\u001b[0m` : cut
  })
}

function clockLine({ clock }: Watched): string {
  if (!clock.synchronised) return 'not synchronised yet'
  const { ns, latest } = clock.now()
  const offset = clock.wallBehind()
  const bound = Number(latest - ns) / 1e9
  const side = offset >= 0 ? 'behind' : 'ahead'
  const frequency = `${(clock.parameters.frequency * 1e6).toFixed(3)} ppm`
  return `this machine's clock is ${timeText(Math.abs(offset))} ${side}, +/- ${timeText(bound)}; frequency ${frequency}`
}

function serverLine(kept: KeptServer, sources: readonly ClockSource[], servers: readonly string[]): string {
  const { server, problem, reach, interval } = kept
  const name = `${letterOf(server, servers)} ${visibleText(server)}`
  const asks = interval === undefined ? 'asks no more' : `every ${interval} s`
  const reached = `reach ${reach.toString(8).padStart(3, '0')}`
  const source = sources.find((each) => each.name === server)
  if (source === undefined) return `${name}  ${asks}  ${reached}  ${visibleText(problem)}`
  const { offset, delay, jitter, verdict, reason } = source
  const figures = `offset ${signedText(offset)}  delay ${timeText(delay)}  jitter ${timeText(jitter)}`
  return `${name}  ${figures}  ${asks}  ${reached}  ${verdict}${reason === '' ? '' : `: ${visibleText(reason)}`}`
}
