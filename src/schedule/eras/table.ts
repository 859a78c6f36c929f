/** Six eras as ready-made machines. Their factors are round numbers that keep the order of magnitude, not one machine's data sheet. */
import { fail } from '../../core/index.ts'
import { fcfs } from '../policies/fcfs.ts'
import { mlq } from '../policies/mlq.ts'
import { rr } from '../policies/rr.ts'
import { interactiveQueue, type Era } from './era.ts'

const cards = { keyboard: 6, display: 4, disk: 3 }
const slice = 2
const switchCost = 0.1

export const eras: readonly Era[] = [
  {
    name: 'manual',
    title: 'Punched cards, and the machine for oneself',
    years: '1945 to 1955',
    story:
      'Whoever has the machine for an hour sets it up by hand, has the cards read, waits for the result, and takes it away. ' +
      'The CPU waits for a person, then for a card reader, then for a printer.',
    rules: {
      setup: { time: 30, per: 'job' },
      slowness: cards,
      offline: undefined,
      degree: 1,
      contextSwitch: 0,
      policy: () => fcfs(),
    },
  },
  {
    name: 'online-batch',
    title: 'Online batch: a monitor loads the next job',
    years: '1955 to 1960',
    story:
      'An operator loads many jobs at once, and a resident monitor starts one after the other. Nobody sets up the machine in ' +
      'between, but the card reader and the printer still hang on the main machine, and it waits for them.',
    rules: {
      setup: { time: 30, per: 'batch' },
      slowness: cards,
      offline: undefined,
      degree: 1,
      contextSwitch: 0,
      policy: () => fcfs(),
    },
  },
  {
    name: 'offline-batch',
    title: 'Offline batch: a small machine reads and prints',
    years: '1955 to 1965',
    story:
      'A cheap machine copies the cards to tape, another prints from tape. The expensive one sees only tapes, which are many ' +
      'times as fast as cards. It still runs one job at a time, and waits whenever that job waits.',
    rules: {
      setup: { time: 30, per: 'batch' },
      slowness: cards,
      offline: { tape: 0.2 },
      degree: 1,
      contextSwitch: 0,
      policy: () => fcfs(),
    },
  },
  {
    name: 'multiprogramming',
    title: 'Multiprogramming: several jobs in memory',
    years: '1960s',
    story:
      'Disks hold what comes in and goes out, and memory holds several jobs. When one waits for I/O, another has the CPU: switch, ' +
      'and keep the state. A job that never waits keeps the CPU until it ends.',
    rules: {
      setup: undefined,
      slowness: {},
      offline: undefined,
      degree: 4,
      contextSwitch: switchCost,
      policy: () => fcfs(),
    },
  },
  {
    name: 'time-sharing',
    title: 'Time sharing: slices for everybody',
    years: 'from 1965',
    story:
      'People sit at terminals again, many on one machine. A job loses the CPU when it waits, and also when its slice is over, so ' +
      'that nobody waits for long. More switches are the price.',
    rules: {
      setup: undefined,
      slowness: {},
      offline: undefined,
      degree: Infinity,
      contextSwitch: switchCost,
      policy: () => rr({ quantum: slice }),
    },
  },
  {
    name: 'general-purpose',
    title: 'General-purpose: batch behind time sharing',
    years: 'today',
    story:
      'Terminals come first, in slices; what nobody waits for computes in what they leave. Short answers and a busy CPU at once.',
    rules: {
      setup: undefined,
      slowness: {},
      offline: undefined,
      degree: Infinity,
      contextSwitch: switchCost,
      policy: () =>
        mlq({
          queues: [
            { name: interactiveQueue, policy: rr({ quantum: slice }) },
            { name: 'background', policy: fcfs() },
          ],
        }),
    },
  },
]

/** Throws OPTION_INVALID. */
export function eraByName(name: string): Era {
  const found = eras.find((era) => era.name === name)
  if (found !== undefined) return found
  throw fail('OPTION_INVALID', { option: 'era', rule: `one of ${eras.map((era) => era.name).join(', ')}`, got: name })
}
