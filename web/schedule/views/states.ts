/**
 * The moving diagram of states: a token for each thread, which goes from box to box. Arrows light up with what just happened.
 *
 *   new ──▶ ready ──▶ running ──▶ done
 *             ▲ ◀────────┘ │
 *             └── blocked ◀┘
 */
import { jobColor, type JobState, type Moment } from '../../../src/schedule/index.ts'
import { card, element, svgElement } from '../element.ts'
import type { Run, View } from '../view.ts'

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly title: string
}

const boxes: Readonly<Record<JobState, Box>> = {
  new: { x: 8, y: 54, width: 88, height: 112, title: 'new' },
  ready: { x: 152, y: 54, width: 150, height: 112, title: 'ready' },
  running: { x: 396, y: 54, width: 150, height: 112, title: 'running' },
  blocked: { x: 274, y: 232, width: 150, height: 84, title: 'blocked' },
  done: { x: 602, y: 54, width: 110, height: 112, title: 'done' },
}

const states = Object.keys(boxes) as JobState[]

interface Arrow {
  readonly from: JobState
  readonly to: JobState
  readonly path: string
  readonly text: string
  readonly x: number
  readonly y: number
}

const arrows: readonly Arrow[] = [
  { from: 'new', to: 'ready', path: 'M98 110H146', text: 'admitted', x: 124, y: 186 },
  { from: 'ready', to: 'running', path: 'M304 88H390', text: 'dispatched', x: 349, y: 78 },
  { from: 'running', to: 'ready', path: 'M394 136H308', text: 'slice over', x: 351, y: 156 },
  { from: 'running', to: 'blocked', path: 'M500 168V262Q500 274 488 274H430', text: 'waits for I/O', x: 556, y: 226 },
  { from: 'blocked', to: 'ready', path: 'M272 274H212Q200 274 200 262V172', text: 'I/O done', x: 160, y: 226 },
  { from: 'running', to: 'done', path: 'M548 110H596', text: 'finished', x: 574, y: 186 },
]

const radius = 13
const pitch = 30
const tokenLimit = 240

export function statesView(): View {
  const tokens = svgElement('g', { class: 'tokens' })
  const counts = new Map(states.map((state) => [state, svgElement('text', { class: 'count', 'text-anchor': 'end' })]))
  const lines = arrows.map((arrow) => ({ arrow, group: arrowGroup(arrow) }))
  const svg = svgElement(
    'svg',
    { viewBox: '0 0 720 330', role: 'img', 'aria-labelledby': 'diagram-text', class: 'diagram' },
    svgElement('title', { id: 'diagram-text' }, 'States of the threads; the counts stand below as text'),
    svgElement(
      'defs',
      {},
      ...['tip', 'tip-hot'].map((id) =>
        svgElement(
          'marker',
          { id, viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 6, markerHeight: 6, orient: 'auto' },
          svgElement('path', { class: id, d: 'M0 0L8 4L0 8z' }),
        ),
      ),
    ),
    ...lines.map(({ group }) => group),
    ...states.map((state) => boxGroup(state, counts.get(state))),
    tokens,
  )
  const words = element('p', { class: 'counts' })
  const node = card('states', 'The three states', svg, words)
  let made = new Map<string, SVGGElement>()

  return {
    node,
    show(run) {
      made = new Map()
      tokens.replaceChildren()
      makeTokens(run, tokens, made)
    },
    at(moment) {
      const held = new Map(states.map((state) => [state, 0]))
      for (const { thread, state } of moment.threads) {
        const place = held.get(state) ?? 0
        held.set(state, place + 1)
        const token = made.get(thread)
        if (token !== undefined) moveToken(token, state, place)
      }
      hideAbsent(made, moment)
      for (const [state, text] of counts) text.textContent = String(held.get(state) ?? 0)
      words.textContent = states.map((state) => `${held.get(state) ?? 0} ${boxes[state].title}`).join(' · ')
      for (const { arrow, group } of lines)
        group.classList.toggle(
          'hot',
          moment.now.some(({ from, to }) => from === arrow.from && to === arrow.to),
        )
    },
  }
}

function arrowGroup({ path, text, x, y }: Arrow): SVGGElement {
  return svgElement(
    'g',
    { class: 'arrow' },
    svgElement('path', { d: path }),
    svgElement('text', { x, y, 'text-anchor': 'middle' }, text),
  )
}

function boxGroup(state: JobState, count: SVGTextElement | undefined): SVGGElement {
  const { x, y, width, height, title } = boxes[state]
  const group = svgElement(
    'g',
    { class: `box ${state}` },
    svgElement('rect', { x, y, width, height, rx: 12 }),
    svgElement('text', { x: x + 4, y: y - 10, class: 'name' }, title),
  )
  count?.setAttribute('x', String(x + width - 4))
  count?.setAttribute('y', String(y - 10))
  if (count !== undefined) group.append(count)
  return group
}

function makeTokens({ simulation, looks }: Run, into: SVGGElement, made: Map<string, SVGGElement>): void {
  const owners = new Map<string, string>()
  for (const { thread, job } of simulation.record?.cpu ?? []) owners.set(thread, job)
  for (const { thread } of simulation.record?.transitions ?? []) {
    if (made.has(thread) || made.size >= tokenLimit) continue
    const look = looks.of(owners.get(thread) ?? thread)
    const token = svgElement(
      'g',
      { class: 'token absent' },
      svgElement('title', {}, look.name),
      svgElement('circle', { r: radius, fill: jobColor(look.index).fill, stroke: jobColor(look.index).edge }),
      svgElement('text', { 'text-anchor': 'middle', y: 4.5 }, look.key),
    )
    made.set(thread, token)
    into.append(token)
  }
}

/** Places in a box go by rows; those that do not fit any more lie on the last place, and the count tells how many. */
function moveToken(token: SVGGElement, state: JobState, place: number): void {
  const { x, y, width, height } = boxes[state]
  const columns = Math.floor((width - 8) / pitch)
  const rows = Math.floor((height - 12) / pitch)
  const shown = Math.min(place, columns * rows - 1)
  const left = x + (width - columns * pitch) / 2 + pitch / 2 + (shown % columns) * pitch
  const top = y + 8 + pitch / 2 + Math.floor(shown / columns) * pitch
  token.style.transform = `translate(${left}px, ${top}px)`
  token.classList.remove('absent')
}

function hideAbsent(made: ReadonlyMap<string, SVGGElement>, moment: Moment): void {
  const present = new Set(moment.threads.map(({ thread }) => thread))
  for (const [thread, token] of made) if (!present.has(thread)) token.classList.add('absent')
}
