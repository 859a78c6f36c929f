/** One step in words: its number, what was asked, what came of it, and why. */
import { wrapText } from '../terminal.ts'
import type { Screen } from './screen.ts'

interface Step {
  readonly action: string
  readonly result: string
  /** Empty where it is not asked for. */
  readonly why: string
  readonly good: boolean
}

const indent = '     '

export function stepLine({ action, result, why, good }: Step, at: number, screen: Screen): string {
  const number = String(at + 1).padStart(3)
  const style = good ? (text: string): string => text : screen.bad
  const short = `${number}  ${action}: `
  const lines =
    short.length + result.length <= screen.columns
      ? [short + style(result)]
      : [`${number}  ${action}:`, ...wrapText(result, screen.columns, indent).split('\n').map(style)]
  return [...lines, ...(why === '' ? [] : [wrapText(why, screen.columns, indent)])].join('\n')
}
