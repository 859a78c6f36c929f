/** Scenarios of what moves between memory and disk: pages, and whole jobs. */
import type { PagingScenario, SwapOp, SwapScenario } from './types.ts'

const paging = (
  scenario: Pick<PagingScenario, 'name' | 'title' | 'text' | 'policies' | 'frames' | 'references'> &
    Partial<Pick<PagingScenario, 'curve' | 'window'>>,
): PagingScenario => ({ kind: 'paging', like: 'textbook', seed: 0, curve: 0, window: 0, ...scenario })

/** Two loops, each over pages of its own, with a step from the one to the other. */
const phases = [
  ...Array.from({ length: 12 }, (_, at) => 1 + (at % 3)),
  ...Array.from({ length: 12 }, (_, at) => 7 + (at % 2)),
]

/** `A 400` starts, `A` runs, `-A` ends. */
function swapOps(script: string): SwapOp[] {
  return script.split(', ').map((word) => {
    const [name = '', size] = word.split(' ')
    if (name.startsWith('-')) return { do: 'end', job: name.slice(1), size: 0 }
    return size === undefined ? { do: 'run', job: name, size: 0 } : { do: 'start', job: name, size: Number(size) }
  })
}

export const exchangeScenarios: readonly (PagingScenario | SwapScenario)[] = [
  paging({
    name: 'replacement',
    title: 'which page leaves: FIFO, LRU, OPT, CLOCK and second chance compared',
    text:
      'Three frames, and a list of references that many textbooks use. OPT knows the future, so no real rule can have fewer ' +
      'faults; LRU takes the past for the future; CLOCK is nearly LRU, at the price of one bit a page; FIFO looks at age ' +
      'alone. `--policy fifo` shows another one step by step, `--frames 4` gives more memory.',
    policies: ['lru', 'fifo', 'opt', 'clock', 'second-chance', 'lfu', 'mru'],
    frames: 3,
    references: [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1],
  }),
  paging({
    name: 'belady',
    title: "Belady's anomaly: more memory and more faults",
    text:
      'With FIFO, four frames make ten faults where three made nine. It cannot happen to LRU or OPT: what they keep in three ' +
      'frames, they also keep in four.',
    policies: ['fifo', 'lru', 'opt'],
    frames: 4,
    references: [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5],
    curve: 5,
  }),
  paging({
    name: 'working-set',
    title: 'the working set: what a program needs now',
    text:
      'A program that loops over three pages, then over two others. The working set is how many different pages the latest ' +
      'references were to. With as many frames, each loop faults only in its first round.',
    policies: ['lru', 'opt'],
    frames: 3,
    references: phases,
    curve: 5,
    window: 6,
  }),
  paging({
    name: 'thrashing',
    title: 'thrashing: one frame too few, and every reference is a fault',
    text:
      'A loop over four pages in three frames: LRU always throws out the page that comes next, so nothing but exchange ' +
      'happens. With four frames there are four faults in all. MRU, a bad rule elsewhere, is right here.',
    policies: ['lru', 'fifo', 'mru', 'opt'],
    frames: 3,
    references: Array.from({ length: 24 }, (_, at) => 1 + (at % 4)),
    curve: 5,
    window: 8,
  }),
  {
    kind: 'swap',
    name: 'swap',
    title: 'swapping: whole jobs go to the disk and come back',
    text:
      'Memory of 1,000 and four jobs that need 1,700 together. When one is to run that is not there, others are copied to the ' +
      'disk until it fits. Each copy takes 10 and 1 for each unit of memory, so exchanging jobs at every time slice would ' +
      'cost more than the slices.',
    size: 1_000,
    swapSize: Infinity,
    victim: 'least-recently-run',
    latency: 10,
    copyCost: 1,
    ops: swapOps('A 400, B 300, C 250, D 750, A, B, D, -B, C, -D, A'),
  },
]
