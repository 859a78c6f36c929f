/** What maps and tables are drawn with: how wide, and in which colours. */
import { terminalOf } from '../terminal.ts'

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

const [narrowest, widest] = [20, 160]

export function screenOf(flags: ScreenFlags, stream: NodeJS.WriteStream = process.stdout): Screen {
  const { columns, color } = terminalOf(flags, stream)
  return makeScreen(columns, color)
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
