/** The figures that sum a run up, and how the CPUs' time was used. */
import { numberText, percentText, type SystemResult } from '../../../src/schedule/index.ts'
import { element } from '../../element.ts'
import type { View } from '../view.ts'

const tiles: readonly (readonly [string, string, (system: SystemResult) => string])[] = [
  ['Turnaround', 'mean, from arrival to finish', ({ average }) => numberText(average.turnaround)],
  ['Waiting', 'mean time spent ready', ({ average }) => numberText(average.waiting)],
  ['Response', 'mean, until the first instruction', ({ average }) => numberText(average.response)],
  ['Makespan', 'until the last job is done', ({ makespan }) => numberText(makespan)],
  ['Switches', 'and how many were preemptions', ({ switches, preemptions }) => `${switches} (${preemptions})`],
  ['Fairness', "Jain's index of 1/slowdown, 1 is best", ({ fairness }) => numberText(fairness)],
]

const parts: readonly (readonly [string, (system: SystemResult) => number])[] = [
  ['useful', ({ useful }) => useful],
  ['switching', ({ switching }) => switching],
  ['idle', ({ idle }) => idle],
]

export function tilesView(heading = 'What comes out'): View {
  const list = element('dl', { class: 'tiles' })
  const bar = element('div', { class: 'usage', 'aria-hidden': 'true' })
  const legend = element('ul', { class: 'usage-legend' })
  const title = element('h2', { id: 'results-title' }, heading)
  const node = element(
    'section',
    { class: 'card', id: 'results', 'aria-labelledby': 'results-title' },
    title,
    list,
    bar,
    legend,
  )
  return {
    node,
    show({ simulation: { system } }) {
      list.replaceChildren(
        ...tiles.map(([name, meaning, text]) =>
          element(
            'div',
            {},
            element('dt', {}, name, element('span', { class: 'meaning' }, meaning)),
            element('dd', {}, text(system)),
          ),
        ),
      )
      const time = Math.max(Number.MIN_VALUE, system.makespan * system.cpus)
      bar.replaceChildren(...parts.map(([name, timeOf]) => usagePart(name, timeOf(system) / time)))
      legend.replaceChildren(
        ...parts.map(([name, timeOf]) =>
          element(
            'li',
            {},
            element('span', { class: `usage-sign ${name}`, 'aria-hidden': 'true' }),
            `${name} ${percentText(timeOf(system) / time)}`,
          ),
        ),
      )
    },
  }
}

function usagePart(name: string, share: number): HTMLElement {
  const part = element('div', { class: name })
  part.style.width = `${share * 100}%`
  return part
}
