/**
 * The moving diagram of states: a token for each thread, which goes from box to box. Arrows light up with what just happened.
 *
 *   new ──▶ ready ──▶ running ──▶ done
 *             ▲ ◀────────┘ │
 *             └── blocked ◀┘
 */
import { jobColor, type JobState, type Moment, threadOwners, visibleText } from '../../../src/schedule/index.ts'
import { card, element, svgElement } from '../../element.ts'
import { narrowLayout, type StateArrow, type StateBox, type StateLayout, wideLayout } from '../state-layout.ts'
import type { Run, View } from '../view.ts'

const states: readonly JobState[] = ['new', 'ready', 'running', 'blocked', 'done']

const radius = 13
const pitch = 30
const tokenLimit = 240

/** Widest box of the page in pixels for which the narrow layout is taken. */
const narrow = 520

export function statesView(): View {
  const words = element('p', { class: 'unseen' })
  const box = element('div')
  const node = card('states', 'The three states', box, words)
  let layout = wideLayout
  let diagram = diagramOf(layout)
  let shown: { run: Run; moment: Moment } | undefined
  let run: Run | undefined

  function draw(): void {
    diagram = diagramOf(layout)
    box.replaceChildren(diagram.svg)
    if (run !== undefined) makeTokens(run, diagram)
    if (shown !== undefined) place(diagram, layout, shown.moment)
  }

  new ResizeObserver(() => {
    const wanted = box.clientWidth > 0 && box.clientWidth < narrow ? narrowLayout : wideLayout
    if (wanted === layout) return
    layout = wanted
    draw()
  }).observe(box)
  draw()

  return {
    node,
    show(next) {
      run = next
      makeTokens(next, diagram)
    },
    at(moment, run) {
      shown = { run, moment }
      place(diagram, layout, moment)
      words.textContent = states
        .map((state) => `${moment.threads.filter((one) => one.state === state).length} ${state}`)
        .join(', ')
    },
  }
}

interface Diagram {
  readonly svg: SVGSVGElement
  readonly layer: SVGGElement
  readonly tokens: Map<string, SVGGElement>
  readonly counts: ReadonlyMap<JobState, SVGTextElement>
  readonly arrows: readonly (readonly [StateArrow, SVGGElement])[]
}

function diagramOf({ viewBox, boxes, arrows }: StateLayout): Diagram {
  const layer = svgElement('g', { class: 'tokens' })
  const counts = new Map(states.map((state) => [state, svgElement('text', { class: 'count', 'text-anchor': 'end' })]))
  const lines = arrows.map((arrow) => [arrow, arrowGroup(arrow)] as const)
  const svg = svgElement(
    'svg',
    { viewBox, role: 'img', 'aria-labelledby': 'diagram-text', class: 'diagram' },
    svgElement('title', { id: 'diagram-text' }, 'States of the threads; their counts follow as text'),
    svgElement('defs', {}, ...['tip', 'tip-hot'].map(tipOf)),
    ...lines.map(([, group]) => group),
    ...states.map((state) => boxGroup(state, boxes[state], counts.get(state))),
    layer,
  )
  return { svg, layer, tokens: new Map(), counts, arrows: lines }
}

function tipOf(id: string): SVGMarkerElement {
  return svgElement(
    'marker',
    {
      id,
      viewBox: '0 0 8 8',
      refX: 6,
      refY: 4,
      markerWidth: 10,
      markerHeight: 10,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    svgElement('path', { class: id, d: 'M0 0L8 4L0 8z' }),
  )
}

function arrowGroup({ path, text, x, y }: StateArrow): SVGGElement {
  return svgElement(
    'g',
    { class: 'arrow' },
    svgElement('path', { d: path }),
    svgElement('text', { x, y, 'text-anchor': 'middle' }, text),
  )
}

function boxGroup(state: JobState, { x, y, width, height }: StateBox, count: SVGTextElement | undefined): SVGGElement {
  const group = svgElement(
    'g',
    { class: `box ${state}` },
    svgElement('rect', { x, y, width, height, rx: 12 }),
    svgElement('text', { x: x + 4, y: y - 9, class: 'name' }, state),
  )
  count?.setAttribute('x', String(x + width - 4))
  count?.setAttribute('y', String(y - 9))
  if (count !== undefined) group.append(count)
  return group
}

function makeTokens({ simulation, looks }: Run, { layer, tokens }: Diagram): void {
  const owners = threadOwners(simulation)
  const threads = [...owners.keys()].slice(0, tokenLimit)
  const kept = new Set(threads)
  for (const [thread, token] of tokens) {
    if (kept.has(thread)) continue
    token.remove()
    tokens.delete(thread)
  }
  for (const thread of threads) {
    const look = looks.of(owners.get(thread) ?? thread)
    const { fill, edge } = jobColor(look.index)
    const known = tokens.get(thread)
    if (known !== undefined) {
      // More jobs may have come, and keys with them.
      const text = known.querySelector('text')
      if (text !== null && text.textContent !== look.key) text.textContent = look.key
      continue
    }
    const token = svgElement(
      'g',
      { class: 'token absent' },
      svgElement('title', {}, visibleText(thread)),
      svgElement('circle', { r: radius, fill, stroke: edge }),
      svgElement('text', { 'text-anchor': 'middle', y: 4.5 }, look.key),
    )
    tokens.set(thread, token)
    layer.append(token)
  }
}

function place({ tokens, counts, arrows }: Diagram, { boxes }: StateLayout, moment: Moment): void {
  const held = new Map(states.map((state) => [state, 0]))
  const present = new Set<string>()
  for (const { thread, state } of moment.threads) {
    const before = held.get(state) ?? 0
    held.set(state, before + 1)
    present.add(thread)
    const token = tokens.get(thread)
    if (token !== undefined) moveToken(token, boxes[state], before)
  }
  for (const [thread, token] of tokens) token.classList.toggle('absent', !present.has(thread))
  for (const [state, text] of counts) text.textContent = String(held.get(state) ?? 0)
  for (const [arrow, group] of arrows)
    group.classList.toggle(
      'hot',
      moment.now.some(({ from, to }) => from === arrow.from && to === arrow.to),
    )
}

/** Places in a box go by rows; those that do not fit any more lie on the last place, and the count tells how many. */
function moveToken(token: SVGGElement, { x, y, width, height }: StateBox, place: number): void {
  const columns = Math.floor((width - 8) / pitch)
  const rows = Math.floor((height - 12) / pitch)
  const shown = Math.min(place, columns * rows - 1)
  const left = x + (width - columns * pitch) / 2 + pitch / 2 + (shown % columns) * pitch
  const top = y + 6 + pitch / 2 + Math.floor(shown / columns) * pitch
  token.style.transform = `translate(${left}px, ${top}px)`
}
