/**
 * The terminal while a picture stands on it: the other screen of the terminal, no cursor, keys as they are pressed. However the
 * program ends, by signal and error too, the terminal is as it was.
 */
const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'
/** What is between the two a terminal shows at once (https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036). */
const [begin, end] = ['\u001b[?2026h', '\u001b[?2026l']

export interface Screen {
  readonly columns: number
  readonly rows: number
  draw(lines: readonly string[]): void
  /** Resolves when it was closed, by a key, a signal or `close`. */
  readonly closed: Promise<void>
  close(): void
}

export interface ScreenEvents {
  /** A key, as its character or `left`, `right`, `up`, `down`. */
  onKey(key: string): void
  onResize(): void
  /** Ctrl-C. @default it closes */
  onInterrupt?(): void
}

const arrows: Readonly<Record<string, string>> = { A: 'up', B: 'down', C: 'right', D: 'left' }
// oxlint-disable-next-line no-control-regex -- arrows come as escape sequences, Ctrl-C as a control character
const keys = /\u001b[[O]([A-D])|([\x03\x20-\x7e])/g
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Takes the terminal; only where stdin and stdout are one. */
export function openScreen(events: ScreenEvents): Screen {
  const { stdin, stdout } = process
  let isOpen = true
  let resolveClosed = (): void => {}
  const closed = new Promise<void>((resolve) => (resolveClosed = resolve))

  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    stdout.write(leave)
    stdin.setRawMode(false)
    stdin.off('data', onData)
    stdin.pause()
    stdout.off('resize', onResize)
    for (const signal of signals) process.off(signal, close)
    process.off('exit', close)
    process.off('uncaughtExceptionMonitor', close)
    resolveClosed()
  }
  const onData = (bytes: Buffer): void => {
    for (const [, arrow, character] of bytes.toString('latin1').matchAll(keys)) {
      if (!isOpen) return
      if (character === '\u0003' && events.onInterrupt !== undefined) events.onInterrupt()
      else if (character === 'q' || character === '\u0003') close()
      else events.onKey(arrow === undefined ? (character ?? '') : (arrows[arrow] ?? ''))
    }
  }
  const onResize = (): void => {
    if (isOpen) events.onResize()
  }

  stdin.setRawMode(true)
  stdin.on('data', onData)
  stdin.resume()
  stdout.on('resize', onResize)
  for (const signal of signals) process.on(signal, close)
  process.on('exit', close)
  process.on('uncaughtExceptionMonitor', close)
  stdout.write(enter)
  return {
    get columns() {
      return stdout.columns
    },
    get rows() {
      return stdout.rows
    },
    closed,
    close,
    draw(lines) {
      if (!isOpen) return
      // Over the old picture, each line's rest cleared: nothing is blank in between.
      const body = lines.map((line) => `${line}\u001b[K`).join('\r\n')
      stdout.write(`${begin}\u001b[H${body}\u001b[J${end}`)
    },
  }
}
