/**
 * Pages in frames, as textbooks draw it: a column for each reference, as many tables below each other as the width needs.
 *
 *      page     7 0 1 2 0
 *      frame 0  7 7 7 2 2
 *      frame 1    0 0 0 0
 *      fault    F F F F .
 */
import type { MemoryStep } from '../../schedule/index.ts'
import type { Screen } from './screen.ts'

/** More frames than these are not drawn. */
const mostRows = 16

export function framesTable(steps: readonly MemoryStep[], screen: Screen): string {
  const pages = steps.map(({ action }) => action.replace(/^page /, ''))
  const cell = Math.max(1, ...pages.map((page) => page.length)) + 1
  const labels = 'frame 00'.length
  const across = Math.max(1, Math.floor((screen.columns - labels - 1) / cell))
  const rows = Math.min(mostRows, steps[0]?.frames?.length ?? 0)
  const tables: string[] = []
  for (let first = 0; first < steps.length; first += across) {
    const part = steps.slice(first, first + across)
    const line = (label: string, texts: readonly string[], style = (text: string): string => text): string =>
      (label.padEnd(labels) + texts.map((text) => style(text.padStart(cell))).join('')).trimEnd()
    tables.push(
      [
        line('page', pages.slice(first, first + across), screen.strong),
        ...Array.from({ length: rows }, (_, frame) =>
          line(
            `frame ${frame}`,
            part.map(({ frames }) => String(frames?.[frame] ?? '')),
          ),
        ),
        line(
          '',
          part.map(({ good }) => (good ? '.' : 'F')),
        ),
      ].join('\n'),
    )
  }
  return `${tables.join('\n\n')}\n\nF is a fault, . a hit.`
}
