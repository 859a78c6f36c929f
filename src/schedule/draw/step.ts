/** One moment of a simulation as text: CPUs and why, ready queue, devices, memory, control blocks. */
import type { ControlBlock, Simulation } from '../machine/simulation.ts'
import { type JobKey, keysIn, wrapped } from './keys.ts'
import { type Moment, momentsOf } from './moments.ts'
import { type Drawing, drawingOf, type DrawOptions } from './options.ts'
import { threadOwners } from './owners.ts'
import { numberText } from './scale.ts'
import { drawTable } from './table.ts'
import { cutText, padText, textWidth } from './text-width.ts'

export interface StepOptions extends DrawOptions {
  /** The moment, in the simulation's time. @default 0 */
  readonly at?: number | undefined
}

const labelColumns = 10

/**
 * Draws the machine at one moment, after everything that happens then. Throws OPTION_INVALID for a simulation without a
 * record.
 *
 * @example drawStep(simulation, { at: 3, width: 72 })
 */
export function drawStep(simulation: Simulation, options: StepOptions = {}): string {
  const drawing = drawingOf('drawStep', options, ['at'])
  const moments = momentsOf(simulation)
  const moment = moments.at(options.at ?? 0)
  const owners = threadOwners(simulation)
  const keys = keysIn(simulation, drawing)
  const name = (thread: string): string => {
    const shown = cutText(drawing.show(thread), 24, drawing.signs.ellipsis)
    return drawing.paint.block(keys.get(owners.get(thread) ?? '')?.index ?? 0)(drawing.color ? ` ${shown} ` : shown)
  }
  const list = (label: string, threads: readonly string[]): string[] =>
    listLines(
      label,
      threads.map((thread) => ({
        width: Math.min(24, textWidth(drawing.show(thread))) + (drawing.color ? 2 : 0),
        text: name(thread),
      })),
      drawing,
    )
  const inState = (state: string): string[] =>
    moment.threads.filter((one) => one.state === state).map(({ thread }) => thread)
  return [
    drawing.paint.bold(headline(moment, moments.indexAt(moment.at), moments.times.length)),
    ...moment.now.flatMap((one) =>
      plainLines(
        '',
        `${drawing.show(one.thread)}: ${one.from ?? 'nothing'} ${drawing.signs.arrow} ${one.to} (${one.cause})`,
        drawing,
      ),
    ),
    ...cpuLines(moment, name, drawing),
    ...list('ready', moment.ready),
    ...list('blocked', inState('blocked')),
    ...deviceLines(moment, name, drawing),
    ...list('new', inState('new')),
    ...list('done', inState('done')),
    ...memoryLines(moment, keys, drawing),
    ...controlBlockLines(moment, drawing),
  ].join('\n')
}

function headline({ at }: Moment, index: number, count: number): string {
  return `time ${numberText(at)}, moment ${index + 1} of ${count}`
}

function plainLines(label: string, text: string, drawing: Drawing): string[] {
  const words = text.split(' ').map((word) => ({ width: textWidth(word), text: word }))
  return wrapped(words, drawing.width - labelColumns, 1).map(
    (line, index) => padText(index === 0 ? label : '', labelColumns) + line,
  )
}

function listLines(label: string, items: readonly { width: number; text: string }[], drawing: Drawing): string[] {
  const none = { width: 4, text: drawing.paint.dim('none') }
  return wrapped(items.length === 0 ? [none] : items, drawing.width - labelColumns, 2).map(
    (line, index) => padText(index === 0 ? label : '', labelColumns) + line,
  )
}

function cpuLines(moment: Moment, name: (thread: string) => string, drawing: Drawing): string[] {
  return moment.cpus.flatMap((span, cpu) => {
    const label = padText(moment.cpus.length === 1 ? 'CPU' : `CPU ${cpu}`, labelColumns)
    if (span === undefined) return [label + drawing.paint.dim('idle')]
    const doing = { run: 'runs', 'switch-in': 'is switched in', 'switch-out': 'is switched out' }[span.kind]
    const level = span.level === undefined ? '' : `, level ${span.level}`
    const why = moment.decisions[cpu]?.thread === span.thread ? moment.decisions[cpu]?.why : undefined
    return [
      `${label}${name(span.thread)} ${doing} since ${numberText(span.from)}, until ${numberText(span.to)}${level}`,
      ...(why === undefined || why === '' ? [] : plainLines('', drawing.show(why), drawing)),
    ]
  })
}

function deviceLines(moment: Moment, name: (thread: string) => string, drawing: Drawing): string[] {
  return moment.devices.map(({ device, serving, waiting }) => {
    const label = padText(cutText(drawing.show(device), labelColumns - 1, drawing.signs.ellipsis), labelColumns)
    const served = serving.map(({ thread, to }) => `${name(thread)} until ${numberText(to)}`).join(', ')
    const queue = waiting.length === 0 ? '' : `; waiting: ${waiting.map(name).join(' ')}`
    return label + (served === '' ? drawing.paint.dim('idle') : served) + queue
  })
}

function memoryLines({ memory }: Moment, keys: ReadonlyMap<string, JobKey>, drawing: Drawing): string[] {
  if (memory.length === 0) return []
  const places = [...memory]
    .sort((a, b) => a.base - b.base)
    .map(({ job, base, size }) => {
      const shown = cutText(drawing.show(job), 24, drawing.signs.ellipsis)
      const place = ` ${numberText(base)}+${numberText(size)}`
      return {
        width: textWidth(shown) + place.length,
        text: drawing.paint.block(keys.get(job)?.index ?? 0)(shown) + place,
      }
    })
  return listLines('memory', places, drawing)
}

/** Saved control blocks, of the threads that are not on a CPU: there the registers hold what the block will. */
function controlBlockLines({ controlBlocks, threads }: Moment, drawing: Drawing): string[] {
  const saved = threads
    .filter(({ state }) => state === 'ready' || state === 'blocked')
    .flatMap(({ thread }) => controlBlocks.get(thread) ?? [])
  if (saved.length === 0) return []
  const rows = saved.map((block) => controlBlockCells(block))
  const heading = ['control block', 'saved at', 'burst', 'left', 'CPU used', 'waits for']
  return ['', ...drawTable([heading, ...rows], drawing).split('\n')]
}

function controlBlockCells(block: ControlBlock): string[] {
  return [
    block.thread,
    numberText(block.at),
    String(block.programCounter),
    numberText(block.remaining),
    numberText(block.cpuUsed),
    block.waitsFor ?? '',
  ]
}
