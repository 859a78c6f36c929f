/**
 * Colours of jobs, the same in the terminal, in SVG and on the page. Eight fills that people with any kind of colour vision
 * tell apart and on which black text is readable: Paul Tol's "light" scheme (Colour Schemes, SRON/EPS/TN/09-002, 2021).
 * Colour is never the only sign: a job also has its name or key, and a state its pattern.
 */

export interface JobColor {
  /** For SVG and CSS. */
  readonly fill: string
  /** A darker shade, for outlines on a light ground. */
  readonly edge: string
  /** The nearest of the 256 colours of terminals. */
  readonly ansi: number
}

export const jobColors: readonly JobColor[] = [
  { fill: '#77aadd', edge: '#2f6299', ansi: 110 },
  { fill: '#ee8866', edge: '#a8431f', ansi: 209 },
  { fill: '#eedd88', edge: '#8a7619', ansi: 222 },
  { fill: '#44bb99', edge: '#1d6f59', ansi: 72 },
  { fill: '#ffaabb', edge: '#b0445b', ansi: 217 },
  { fill: '#99ddff', edge: '#2b7ca3', ansi: 117 },
  { fill: '#bbcc33', edge: '#69741a', ansi: 148 },
  { fill: '#cbaae0', edge: '#73478f', ansi: 182 },
]

/** Text on these fills. */
export const jobInk = '#11181c'

/** The colour of the job at this place of the workload; the ninth has the first one's again. */
export function jobColor(index: number): JobColor {
  return jobColors[index % jobColors.length] ?? { fill: '#dddddd', edge: '#555555', ansi: 252 }
}

/** Puts text between a terminal's codes; nothing around empty text. */
export type Paint = (text: string) => string

const plain: Paint = (text) => text

function between(codes: string): Paint {
  return (text) => (text === '' ? '' : `\x1b[${codes}m${text}\x1b[0m`)
}

export interface Painter {
  /** Black on the job's colour. */
  readonly block: (index: number) => Paint
  /** In the job's colour. */
  readonly ink: (index: number) => Paint
  readonly bold: Paint
  readonly dim: Paint
  readonly good: Paint
  readonly bad: Paint
}

/** How a terminal paints, or does not. */
export function painter(color: boolean): Painter {
  if (!color) return { block: () => plain, ink: () => plain, bold: plain, dim: plain, good: plain, bad: plain }
  return {
    block: (index) => between(`38;5;16;48;5;${jobColor(index).ansi}`),
    ink: (index) => between(`38;5;${jobColor(index).ansi}`),
    bold: between('1'),
    dim: between('2'),
    good: between('1;32'),
    bad: between('1;31'),
  }
}
