/** This moment: what each CPU does and why, the ready queue, who is blocked on what, and the memory map. */
import { jobColor, type Moment, numberText, visibleText } from '../../../src/schedule/index.ts'
import { chip } from '../chips.ts'
import { card, type Child, element } from '../../element.ts'
import type { Run, View } from '../view.ts'

const shownLimit = 24

export function momentView(memorySize: () => number | undefined): View & { announce(moment: Moment, run: Run): void } {
  const cpus = element('ul', { class: 'plain cpus' })
  const ready = element('ol', { class: 'queue' })
  const devices = element('ul', { class: 'plain devices' })
  const map = element('div', { class: 'memory-map', 'aria-hidden': 'true' })
  const places = element('ul', { class: 'plain places' })
  const memory = element('div', {}, element('h3', {}, 'Memory'), map, places)
  const said = element('p', { role: 'status', class: 'unseen' })
  const readyTitle = element('h3', {}, 'Ready queue')
  const devicePart = element('div', {}, element('h3', {}, 'Devices'), devices)
  const node = card(
    'moment',
    'This moment',
    element('h3', {}, 'On the CPU'),
    cpus,
    readyTitle,
    ready,
    devicePart,
    memory,
    said,
  )

  return {
    node,
    show({ simulation }) {
      memory.hidden = (simulation.record?.memory.length ?? 0) === 0
      devicePart.hidden = (simulation.record?.devices.length ?? 0) === 0
    },
    at(moment, run) {
      cpus.replaceChildren(...moment.cpus.map((_, cpu) => cpuItem(moment, cpu, run)))
      ready.replaceChildren(...queueItems(moment.ready, moment, run))
      readyTitle.textContent = `Ready queue (${moment.ready.length})`
      devices.replaceChildren(...moment.devices.map((device) => deviceItem(device, moment, run)))
      if (!memory.hidden) {
        map.replaceChildren(...mapParts(moment, run, memorySize()))
        places.replaceChildren(...placeItems(moment, run))
      }
    },
    announce(moment, run) {
      said.textContent = sentence(moment, run)
    },
  }
}

function jobOf(thread: string, moment: Moment): string {
  return moment.threads.find((one) => one.thread === thread)?.job ?? thread
}

function threadChip(thread: string, moment: Moment, run: Run): HTMLElement {
  return chip(run.looks.of(jobOf(thread, moment)), visibleText(thread))
}

const doing = { run: 'runs', 'switch-in': 'is switched in', 'switch-out': 'is switched out' }

function cpuItem(moment: Moment, cpu: number, run: Run): HTMLElement {
  const span = moment.cpus[cpu]
  const label = element('span', { class: 'label' }, moment.cpus.length === 1 ? 'CPU' : `CPU ${cpu}`)
  if (span === undefined) return element('li', {}, label, element('span', { class: 'idle' }, 'idle'))
  const decision = moment.decisions[cpu]
  const level = span.level === undefined ? '' : `, level ${span.level}`
  const text = ` ${doing[span.kind]} from ${numberText(span.from)} to ${numberText(span.to)}${level}`
  const item = element('li', {}, label, threadChip(span.thread, moment, run), element('span', {}, text))
  if (decision?.thread === span.thread && decision.why !== '')
    item.append(element('p', { class: 'why' }, visibleText(decision.why)))
  return item
}

function queueItems(threads: readonly string[], moment: Moment, run: Run): HTMLElement[] {
  if (threads.length === 0) return [element('li', { class: 'idle' }, 'empty')]
  const shown = threads.slice(0, shownLimit).map((thread) => element('li', {}, threadChip(thread, moment, run)))
  const more = threads.length - shown.length
  return more > 0 ? [...shown, element('li', { class: 'idle' }, `and ${more} more`)] : shown
}

function deviceItem(device: Moment['devices'][number], moment: Moment, run: Run): HTMLElement {
  const parts: Child[] = [element('span', { class: 'label' }, visibleText(device.device))]
  if (device.serving.length === 0) parts.push(element('span', { class: 'idle' }, 'idle'))
  for (const { thread, to } of device.serving.slice(0, shownLimit))
    parts.push(threadChip(thread, moment, run), element('span', {}, ` until ${numberText(to)} `))
  if (device.waiting.length > 0) parts.push(element('span', {}, ' waiting: '))
  for (const thread of device.waiting.slice(0, shownLimit)) parts.push(threadChip(thread, moment, run))
  return element('li', {}, ...parts)
}

function mapParts(moment: Moment, run: Run, given: number | undefined): HTMLElement[] {
  const spans = run.simulation.record?.memory ?? []
  const size = given ?? Math.max(1, ...spans.map(({ base, size }) => base + size))
  return moment.memory.map(({ job, base, size: length }) => {
    const look = run.looks.of(job)
    const part = element('div', {}, look.key)
    part.style.left = `${(base / size) * 100}%`
    part.style.width = `${(length / size) * 100}%`
    part.style.backgroundColor = jobColor(look.index).fill
    return part
  })
}

function placeItems(moment: Moment, run: Run): HTMLElement[] {
  const items = [...moment.memory]
    .sort((a, b) => a.base - b.base)
    .slice(0, shownLimit)
    .map(({ job, base, size }) =>
      element('li', {}, chip(run.looks.of(job)), ` ${numberText(base)} to ${numberText(base + size)}`),
    )
  return items.length === 0 ? [element('li', { class: 'idle' }, 'nobody has any')] : items
}

/** What a screen reader says when the reader stops at a moment. */
function sentence(moment: Moment, run: Run): string {
  const happened = moment.now.map(({ thread, to }) => `${run.looks.of(thread).name} is ${to}`)
  const running = moment.cpus.map((span, cpu) => {
    const where = moment.cpus.length === 1 ? 'The CPU' : `CPU ${cpu}`
    if (span === undefined) return `${where} is idle.`
    const decision = moment.decisions[cpu]
    const why = decision?.thread === span.thread ? ` ${decision.why}` : ''
    return `${where}: ${visibleText(span.thread)} ${doing[span.kind]}.${visibleText(why)}`
  })
  const events = happened.length === 0 ? '' : ` ${happened.slice(0, 6).join(', ')}.`
  return `Time ${numberText(moment.at)}.${events} ${running.join(' ')} ${moment.ready.length} ready.`
}
