/**
 * Chrome's trace event format, JSON object form, which Perfetto and chrome://tracing open: complete events (`X`) for spans,
 * metadata (`M`) for names, counters (`C`) for the ready queue, instants (`i`) for decisions
 * ("Trace Event Format", Google, chapters "JSON Object Format" and "Event Descriptions").
 */
import { checkKnownKeys } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { Simulation } from '../machine/simulation.ts'
import { recordOf } from './chart.ts'
import { ganttRows } from './gantt.ts'
import { stateSpans } from './states.ts'
import { visibleText } from './text-width.ts'

export interface TraceOptions {
  /** How many microseconds, the format's unit, one unit of the simulation is. @default 1000 */
  readonly unitMicroseconds?: number | undefined
}

/** One event. `ts` and `dur` are in microseconds; `pid` and `tid` place it in a group and a row. */
export interface TraceEvent {
  readonly name: string
  readonly ph: 'X' | 'M' | 'C' | 'i'
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly cat?: string
  readonly s?: 't'
  readonly args?: Readonly<Record<string, unknown>>
}

export interface Trace {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: Readonly<Record<string, string>>
}

const machine = 1
const threads = 2

/**
 * A recorded simulation as a trace: the machine with a row for each CPU and device, and a row for each thread's states.
 * `JSON.stringify` of it is the file. Throws OPTION_INVALID for a simulation without a record.
 *
 * @example writeFileSync('trace.json', JSON.stringify(traceEvents(simulation)))
 */
export function traceEvents(simulation: Simulation, options: TraceOptions = {}): Trace {
  checkKnownKeys('traceEvents', options, ['unitMicroseconds'])
  const unit = options.unitMicroseconds ?? 1000
  if (!(unit > 0 && Number.isFinite(unit))) throw invalid('unitMicroseconds', 'a finite number above 0', unit)
  const stateRows = [...stateSpans(simulation)]
  const rows = ganttRows(simulation)
  const events: TraceEvent[] = [
    named('process_name', machine, 0, 'machine'),
    named('process_name', threads, 0, 'threads'),
    ...rows.map(({ label }, row) => named('thread_name', machine, row + 1, label)),
    ...stateRows.map(([thread], row) => named('thread_name', threads, row + 1, thread)),
    ...rows.flatMap(({ spans }, row) =>
      spans.map(({ from, to, thread, job, kind, level, warm }) => ({
        ...complete(machine, row + 1, from, to, unit),
        name: visibleText(thread),
        cat: kind,
        args: { job, kind, ...(level === undefined ? {} : { level }), ...(warm === undefined ? {} : { warm }) },
      })),
    ),
    ...stateRows.flatMap(([, spans], row) =>
      spans.map(({ from, to, state }) => ({
        ...complete(threads, row + 1, from, to, unit),
        name: state,
        cat: 'state',
      })),
    ),
    ...decisionEvents(simulation, unit),
    ...readyCounters(simulation, unit),
  ]
  return {
    traceEvents: events,
    displayTimeUnit: 'ms',
    otherData: { policy: simulation.system.policy, unitMicroseconds: String(unit) },
  }
}

function named(name: 'process_name' | 'thread_name', pid: number, tid: number, label: string): TraceEvent {
  return { name, ph: 'M', pid, tid, ts: 0, args: { name: visibleText(label) } }
}

function complete(pid: number, tid: number, from: number, to: number, unit: number): Omit<TraceEvent, 'name'> {
  return { ph: 'X', pid, tid, ts: from * unit, dur: (to - from) * unit }
}

function decisionEvents(simulation: Simulation, unit: number): TraceEvent[] {
  return recordOf(simulation).decisions.map(({ at, cpu, thread, why, ready }) => ({
    name: `picks ${visibleText(thread)}`,
    ph: 'i',
    s: 't',
    cat: 'decision',
    pid: machine,
    tid: cpu + 1,
    ts: at * unit,
    args: { why, ready },
  }))
}

function readyCounters(simulation: Simulation, unit: number): TraceEvent[] {
  const counts = new Map<number, number>()
  let ready = 0
  for (const { at, from, to } of recordOf(simulation).transitions) {
    if (from === 'ready') ready--
    if (to === 'ready') ready++
    counts.set(at, ready)
  }
  return [...counts].map(([at, threads]) => ({
    name: 'ready',
    ph: 'C',
    pid: machine,
    tid: 0,
    ts: at * unit,
    args: { threads },
  }))
}
