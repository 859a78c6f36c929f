/** What a row of the tour is; the rows themselves are in table-sockets.ts, table-processes.ts and so on. */

/** A line that an example must print; `<number>` and `<text>` stand for what differs from run to run. */
export type ExpectedLine = string | { readonly native: string; readonly node: string }

export interface TourSection {
  readonly id: string
  readonly part: 'sockets' | 'processes' | 'scheduling'
  readonly title: string
  readonly introduction: string
}

export interface TourRow {
  /** The id of its section. */
  readonly section: string
  /** What to type after `lanework tour`; the example is `examples/NAME.ts`. */
  readonly name: string
  readonly title: string
  readonly explanation: string
  /** The idea of the course texts that it shows. */
  readonly seed: string
  readonly expected: readonly ExpectedLine[]
  /** A file of docs/pictures and what it shows, for those who cannot see it. */
  readonly picture?: { readonly file: string; readonly alt: string }
  /** The module with the tasks that its processes run: `examples/tasks/TASKS.ts`. */
  readonly tasks?: string
  /** The capability (see docs/capabilities.md) without which it cannot run. */
  readonly needs?: string
}
