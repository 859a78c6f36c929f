/** Who runs when: the Gantt chart, or the states of each thread, with a playhead; a click goes to that time. */
import {
  type ChartFrame,
  ganttPicture,
  ganttRows,
  numberText,
  type Simulation,
  statesPicture,
  stateSpans,
  visibleText,
} from '../../../src/schedule/index.ts'
import { card, element, scrolling, svgElement, svgFrom, table } from '../../element.ts'
import type { Run, View } from '../view.ts'

type Kind = 'machine' | 'threads'

const kinds: readonly (readonly [Kind, string])[] = [
  ['machine', 'CPUs and devices'],
  ['threads', 'States of each thread'],
]

const tableLimit = 300

/** `beside` is a further choice, next to that of what the chart shows. */
export function chartView(goTo: (time: number) => void, below: HTMLElement, ...beside: readonly HTMLElement[]): View {
  const box = element('div', { class: 'chart' })
  const spans = element('div')
  const more = element('details', {}, element('summary', {}, 'The same as a table'), spans)
  let kind: Kind = 'machine'
  let run: Run | undefined
  let frame: ChartFrame | undefined
  let head: SVGGElement | undefined
  let time = 0

  const choice = element(
    'fieldset',
    { class: 'segments' },
    element('legend', { class: 'unseen' }, 'What the chart shows'),
    ...kinds.map(([value, text]) => {
      const input = element('input', { type: 'radio', name: 'chart', value, checked: value === kind })
      input.addEventListener('change', () => {
        kind = value
        draw()
      })
      return element('label', {}, input, element('span', {}, text))
    }),
  )
  const node = card('chart', 'Who runs when', choice, ...beside, box, below, more)

  function draw(): void {
    if (run === undefined) return
    const { simulation } = run
    const width = Math.max(240, Math.floor(box.clientWidth || 900))
    const options = { width, standalone: false, id: 'timeline', ...run.window }
    const picture = kind === 'machine' ? ganttPicture(simulation, options) : statesPicture(simulation, options)
    const svg = svgFrom(picture.svg)
    frame = picture.frame
    head = svgElement(
      'g',
      { class: 'playhead' },
      svgElement('path', { d: `M0 ${frame.top - 4}V${frame.bottom}` }),
      svgElement('circle', { cx: 0, cy: frame.top - 3, r: 4.5 }),
    )
    svg.append(head)
    box.replaceChildren(svg)
    place()
    if (more.open) fillTable()
  }

  function place(): void {
    if (frame === undefined || head === undefined) return
    const { left, right, from, to } = frame
    const x = left + ((Math.min(to, Math.max(from, time)) - from) / (to - from)) * (right - left)
    head.setAttribute('transform', `translate(${x.toFixed(2)} 0)`)
  }

  function fillTable(): void {
    if (run !== undefined)
      spans.replaceChildren(kind === 'machine' ? spanTable(run.simulation) : stateTable(run.simulation))
  }

  let dragging = false
  const seek = (event: PointerEvent): void => {
    if (frame === undefined) return
    const x = event.clientX - box.getBoundingClientRect().left
    const { left, right, from, to } = frame
    goTo(from + (Math.min(right, Math.max(left, x)) - left) * ((to - from) / (right - left)))
  }
  box.addEventListener('pointerdown', (event) => {
    dragging = true
    seek(event)
  })
  window.addEventListener('pointermove', (event) => {
    if (dragging) seek(event)
  })
  window.addEventListener('pointerup', () => {
    dragging = false
  })
  more.addEventListener('toggle', () => {
    if (more.open) fillTable()
  })
  let lastWidth = 0
  new ResizeObserver(() => {
    if (Math.abs(box.clientWidth - lastWidth) < 2) return
    lastWidth = box.clientWidth
    draw()
  }).observe(box)

  return {
    node,
    show(next) {
      run = next
      draw()
    },
    at(moment) {
      time = moment.at
      place()
    },
  }
}

function limited(label: string, caption: string, heading: readonly string[], rows: readonly string[][]): HTMLElement {
  const more = rows.length - tableLimit
  const text = more > 0 ? `${caption}, the first ${tableLimit} of ${rows.length}` : caption
  return scrolling(label, table(text, heading, rows.slice(0, tableLimit)))
}

function spanTable(simulation: Simulation): HTMLElement {
  const rows = ganttRows(simulation).flatMap(({ label, spans }) =>
    spans.map(({ from, to, thread, kind }) => [
      visibleText(label),
      numberText(from),
      numberText(to),
      visibleText(thread),
      kind,
    ]),
  )
  return limited(
    'Spans of CPUs and devices',
    'Spans of CPUs and devices',
    ['where', 'from', 'to', 'thread', 'what'],
    rows,
  )
}

function stateTable(simulation: Simulation): HTMLElement {
  const rows = [...stateSpans(simulation)].flatMap(([thread, spans]) =>
    spans.map(({ from, to, state }) => [visibleText(thread), numberText(from), numberText(to), state]),
  )
  return limited('States of each thread', 'States of each thread', ['thread', 'from', 'to', 'state'], rows)
}
