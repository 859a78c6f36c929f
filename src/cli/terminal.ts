/** What stdout can show, on a terminal or in a pipe: how wide it is, whether in colour; and texts that fit in there. */
import type { DrawOptions } from '../schedule/index.ts'

export interface TerminalFlags {
  /** Columns, instead of the terminal's. */
  readonly width?: number | undefined
  readonly ascii?: boolean | undefined
}

const piped = 80

/** Colour on a terminal, unless NO_COLOR (https://no-color.org) says otherwise; FORCE_COLOR asks for it in a pipe. */
export function terminalOf(
  { width }: TerminalFlags,
  stream: NodeJS.WriteStream = process.stdout,
): { readonly columns: number; readonly color: boolean } {
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = process.env
  const color = NO_COLOR === '' && ((stream.isTTY && TERM !== 'dumb') || (FORCE_COLOR !== '' && FORCE_COLOR !== '0'))
  return { columns: width ?? stream.columns ?? piped, color }
}

/** The same for the drawings of the schedule layer. */
export function drawOptions(flags: TerminalFlags): Required<DrawOptions> {
  const { columns, color } = terminalOf(flags)
  return { width: columns, color, unicode: flags.ascii !== true }
}

/** Breaks a text at spaces; what is longer than a line stays whole. */
export function wrapText(text: string, columns: number, indent = ''): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length > columns - indent.length) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map((line) => indent + line).join('\n')
}

/** Labels with values; a value that is too long for its column goes on below itself. */
export function labelled(rows: readonly (readonly [string, string])[], columns: number): string {
  const labels = Math.max(...rows.map(([label]) => label.length))
  // Where that leaves too little, the value stands in a line of its own.
  const isNarrow = columns < labels + 24
  return rows
    .map(([label, value]) => {
      if (isNarrow) return `${label}\n${wrapText(value, columns, '  ')}`
      const [first = '', ...others] = wrapText(value, columns - labels - 2).split('\n')
      return [`${label.padEnd(labels)}  ${first}`, ...others.map((line) => ' '.repeat(labels + 2) + line)].join('\n')
    })
    .join('\n')
}
