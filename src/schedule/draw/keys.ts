/** Short names of jobs: one character each, for where a name does not fit, and the job's number, which gives its colour. */
import type { Simulation } from '../machine/simulation.ts'
import { type Drawing } from './options.ts'
import { cutText, textWidth } from './text-width.ts'

export interface JobKey {
  /** The job's; of a periodic job without the number of the release. */
  readonly name: string
  /** Place in the workload, from 0. */
  readonly index: number
  /** One column wide; `*` for those that come after the 62nd letter and digit. */
  readonly key: string
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * A key for each name: its first character, or its last, if that tells all of them apart; else letters in their order.
 *
 * @example keysOf(['job1', 'job2']).get('job2')?.key // '2'
 */
export function keysOf(names: readonly string[]): Map<string, JobKey> {
  const bases = [...new Set(names.map(baseOf))]
  const keys = [firsts(bases), lasts(bases)].find(tellsApart) ?? bases.map((_, index) => letters[index] ?? '*')
  const byBase = new Map(bases.map((name, index) => [name, { name, index, key: keys[index] ?? '*' }]))
  return new Map([...byBase, ...names.map((name): [string, JobKey] => [name, byBase.get(baseOf(name)) as JobKey])])
}

/** Releases of a periodic job (`P1#1`, `P1#2`) look alike. */
function baseOf(name: string): string {
  return name.replace(/#\d+$/, '')
}

function firsts(names: readonly string[]): string[] {
  return names.map((name) => [...name][0] ?? '')
}

function lasts(names: readonly string[]): string[] {
  return names.map((name) => [...name].at(-1) ?? '')
}

function tellsApart(keys: readonly string[]): boolean {
  return new Set(keys).size === keys.length && keys.every((key) => /^[\p{L}\p{N}]$/u.test(key) && textWidth(key) === 1)
}

/** The keys of a simulation's jobs, as this drawing may show them. */
export function keysIn(simulation: Simulation, drawing: Drawing): Map<string, JobKey> {
  const keys = keysOf(simulation.jobs.map(({ name }) => name))
  // What cannot be shown as it is needs another letter.
  const shown = keysOf([...new Set([...keys.values()].map(({ name }) => name))].map((name) => drawing.show(name)))
  return new Map([...keys].map(([name, key]) => [name, { ...key, key: shown.get(drawing.show(key.name))?.key ?? '*' }]))
}

const legendLimit = 24

/** Lines that say which key is whose, or none where each name is its key. */
export function legendLines(keys: Iterable<JobKey>, drawing: Drawing): string[] {
  const unique = new Map(Array.from(keys, (entry) => [entry.name, entry]))
  const entries = [...unique.values()].filter(({ name, key }) => drawing.show(name) !== key)
  const shown = entries.slice(0, legendLimit).map(({ name, key, index }) => {
    const label = cutText(drawing.show(name), 20, drawing.signs.ellipsis)
    return { width: textWidth(label) + 4, text: `${drawing.paint.block(index)(key)} = ${label}` }
  })
  const more = entries.length - shown.length
  if (more > 0) shown.push({ width: 0, text: `and ${more} more` })
  return wrapped(shown, drawing.width)
}

/** Texts with known widths, in lines that hold as many as fit. */
export function wrapped(
  texts: readonly { readonly width: number; readonly text: string }[],
  width: number,
  gap = 3,
): string[] {
  const lines: string[] = []
  let used = Infinity
  for (const entry of texts) {
    if (used + gap + entry.width <= width) {
      lines[lines.length - 1] += ' '.repeat(gap) + entry.text
      used += gap + entry.width
    } else {
      lines.push(entry.text)
      used = entry.width
    }
  }
  return lines
}
