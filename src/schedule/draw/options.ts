/** What all drawings for the terminal take, and the signs that they are made of. */
import { checkInteger, checkKnownKeys } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { type Painter, painter } from './palette.ts'
import { asciiText, visibleText } from './text-width.ts'

export interface DrawOptions {
  /** Columns that a drawing may take; below 24 it takes 24. @default 80 */
  readonly width?: number | undefined
  /** With the 256 colours of terminals. @default false */
  readonly color?: boolean | undefined
  /** With lines and blocks of Unicode; otherwise ASCII alone. @default true */
  readonly unicode?: boolean | undefined
}

export interface Signs {
  readonly run: string
  readonly ready: string
  readonly blocked: string
  readonly waiting: string
  readonly idle: string
  readonly switchIn: string
  readonly switchOut: string
  readonly mixed: string
  readonly axis: string
  readonly tick: string
  readonly bar: string
  readonly halfBar: string
  readonly ellipsis: string
  readonly none: string
  readonly arrow: string
  readonly line: string
  readonly free: string
}

const unicodeSigns: Signs = {
  run: '█',
  ready: '░',
  blocked: '╌',
  waiting: '·',
  idle: '·',
  switchIn: '╱',
  switchOut: '╲',
  mixed: '▒',
  axis: '─',
  tick: '┬',
  bar: '█',
  halfBar: '▌',
  ellipsis: '…',
  none: '–',
  arrow: '→',
  line: '━',
  free: '·',
}

const asciiSigns: Signs = {
  run: '#',
  ready: 'o',
  blocked: '-',
  waiting: '.',
  idle: '.',
  switchIn: '/',
  switchOut: '\\',
  mixed: '%',
  axis: '-',
  tick: '+',
  bar: '#',
  halfBar: '',
  ellipsis: '~',
  none: '-',
  arrow: '->',
  line: '=',
  free: '.',
}

/** Options as the drawings use them. */
export interface Drawing {
  readonly width: number
  readonly color: boolean
  readonly signs: Signs
  readonly paint: Painter
  /** A name that cannot steer the terminal, in ASCII where nothing else is wanted. */
  readonly show: (name: string) => string
}

const own = ['width', 'color', 'unicode']

/** Checks the options; `extra` are those that only this drawing has. Throws OPTION_INVALID. */
export function drawingOf(name: string, options: DrawOptions, extra: readonly string[] = []): Drawing {
  checkKnownKeys(name, options, [...own, ...extra])
  const { width = 80, color = false, unicode = true } = options
  checkInteger('width', width, 1, 10_000)
  for (const [option, value] of Object.entries({ color, unicode }))
    if (typeof value !== 'boolean') throw invalid(option, 'true or false', value)
  return {
    width: Math.max(24, width),
    color,
    signs: unicode ? unicodeSigns : asciiSigns,
    paint: painter(color),
    show: unicode ? visibleText : (text) => asciiText(visibleText(text)),
  }
}
