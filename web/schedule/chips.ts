/** How a job looks everywhere on the page: its colour with its key, and its name. */
import { jobColor, keysOf, type Simulation, visibleText } from '../../src/schedule/index.ts'
import { element } from '../element.ts'

export interface JobLook {
  readonly index: number
  readonly key: string
  readonly name: string
}

export interface Looks {
  of(job: string): JobLook
}

export function looksOf(simulation: Simulation): Looks {
  const keys = keysOf(simulation.jobs.map(({ name }) => name))
  return {
    of(job) {
      const known = keys.get(job)
      return { index: known?.index ?? 0, key: known?.key ?? '?', name: visibleText(job) }
    },
  }
}

/** The coloured square with the key. */
export function swatch(look: JobLook): HTMLElement {
  const square = element('span', { class: 'swatch', 'aria-hidden': 'true' })
  signed(square, look)
  return square
}

/** Gives a square another look, or the same again. */
export function signed(square: HTMLElement, { index, key }: JobLook): void {
  if (square.textContent !== key) square.textContent = key
  square.style.backgroundColor = jobColor(index).fill
}

/** Square and name. */
export function chip(look: JobLook, text: string = look.name): HTMLElement {
  return element('span', { class: 'chip' }, swatch(look), element('span', { class: 'chip-name' }, text))
}
