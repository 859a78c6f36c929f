/** What the output can show: how wide it is, and whether in colour. */

export interface Screen {
  readonly columns: number
  /** Text on the background of the n-th owner; as it is where there are no colours. */
  owner(text: string, index: number): string
  dim(text: string): string
  bad(text: string): string
  strong(text: string): string
}

export interface ScreenFlags {
  /** Columns, instead of the terminal's. */
  readonly width?: number
}

const [narrowest, widest, piped] = [20, 160, 80]

/** Colour on a terminal, unless NO_COLOR says otherwise; FORCE_COLOR asks for it in a pipe. */
export function screenOf({ width }: ScreenFlags, stream: NodeJS.WriteStream = process.stdout): Screen {
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = process.env
  const isColour = NO_COLOR === '' && ((stream.isTTY && TERM !== 'dumb') || (FORCE_COLOR !== '' && FORCE_COLOR !== '0'))
  return makeScreen(width ?? stream.columns ?? piped, isColour)
}

export function makeScreen(columns: number, isColour: boolean): Screen {
  const style = (code: string) => (text: string) => (isColour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text)
  return {
    columns: Math.min(widest, Math.max(narrowest, columns)),
    owner: (text, index) => style(ownerStyles[index % ownerStyles.length] as string)(text),
    dim: style('2'),
    bad: style('31'),
    strong: style('1'),
  }
}

/** Black on a light colour reads well on dark and light terminals alike. */
const ownerStyles = ['30;42', '30;46', '30;43', '30;45', '30;44', '30;47', '30;102', '30;106', '30;103', '30;105']

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
