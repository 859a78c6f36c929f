/** How wide and how colourful a drawing may be on the terminal, or in the pipe, that stdout is. */
import type { DrawOptions } from '../schedule/index.ts'

export interface TerminalFlags {
  readonly width?: number | undefined
  readonly ascii?: boolean | undefined
}

/** Colour on a terminal only, unless NO_COLOR (https://no-color.org) or FORCE_COLOR say otherwise. */
export function drawOptions({ width, ascii }: TerminalFlags): Required<DrawOptions> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0'
  const plain = (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
  return {
    width: width ?? process.stdout.columns ?? 80,
    color: forced || (process.stdout.isTTY === true && !plain),
    unicode: ascii !== true,
  }
}
