/** The scenarios that `lanework memory` knows by name: how memory is divided. Those of addresses are beside them. */
import { addressScenarios } from './built-in-addresses.ts'
import { exchangeScenarios } from './built-in-exchange.ts'
import type { AllocationOp, AllocationScenario, AllocatorSpec, MemoryScenario } from './types.ts'

/** `A 300` asks, `-A` frees, `compact` compacts. */
function opsOf(script: string): AllocationOp[] {
  return script.split(', ').map((word) => {
    if (word === 'compact') return { do: 'compact' }
    if (word.startsWith('-')) return { do: 'free', job: word.slice(1) }
    const [job = '', size] = word.split(' ')
    return { do: 'alloc', job, size: Number(size) }
  })
}

function allocation(
  name: string,
  title: string,
  allocator: AllocatorSpec,
  script: string,
  text: string,
): AllocationScenario {
  return { kind: 'allocation', name, title, allocator, waits: true, ops: opsOf(script), text }
}

const allocationScenarios: readonly AllocationScenario[] = [
  allocation(
    'equal',
    'equal fixed partitions: simple, and wasteful',
    { policy: 'fixed', partitions: [256, 256, 256, 256] },
    'A 100, B 250, C 30, D 300, E 200, F 64, -A',
    'Memory is divided once into four partitions of 256. Whatever a job does not use of its partition is lost to all others ' +
      '(internal fragmentation), and D, which is larger than a partition, can never run. F waits until A ends.',
  ),
  allocation(
    'unequal',
    'unequal fixed partitions, a queue at each',
    { policy: 'fixed', partitions: [64, 128, 256, 576], queues: 'each' },
    'A 60, B 100, C 50, D 500, E 120, -A',
    'Partitions of several sizes waste less. With a queue at each, a job waits for the smallest partition that is large ' +
      'enough, so C waits although a larger one is free. `--queues one` lets it take the smallest that is free.',
  ),
  allocation(
    'fits',
    'first, best, worst and next fit on the same holes',
    { policy: 'variable', fit: 'first', size: 1_100 },
    'A 100, B 150, C 50, D 300, E 100, F 120, G 80, -B, -D, -F, H 110, I 140, J 250, K 90',
    'Three jobs have ended and left holes of 150, 300 and 120, and 200 are free at the end. Each rule puts the next jobs ' +
      'elsewhere. `--fit all` shows all four side by side: see who has to wait for J.',
  ),
  allocation(
    'fragments',
    'external fragmentation: enough is free, but not together',
    { policy: 'variable', fit: 'first', size: 800 },
    'A 100, B 100, C 100, D 100, E 100, F 100, G 100, H 100, -A, -C, -E, -G, I 150',
    'Half of memory is free when I asks for 150, yet in four holes of 100, so I waits. Nothing is wasted inside of any ' +
      'partition; what is lost lies between them.',
  ),
  allocation(
    'compaction',
    'compaction: jobs are moved together, at a price',
    { policy: 'variable', fit: 'first', size: 800, compaction: 'when-needed' },
    'A 100, B 100, C 100, D 100, E 100, F 100, G 100, H 100, -A, -C, -E, -G, I 150, J 200',
    'The holes of the scenario `fragments`, but now jobs are moved together when somebody would have to wait. All holes ' +
      'become one, and each unit of memory that moves costs time in which no job runs. Jobs survive the move only because ' +
      'their addresses are relative to a base register.',
  ),
  allocation(
    'waiting',
    'jobs wait for memory before they are ready',
    { policy: 'variable', fit: 'first', size: 600 },
    'A 200, B 250, C 300, D 100, -A, E 150, -B, -D, -C',
    'Who finds no place waits, and is tried again, in the order of arrival, whenever memory becomes free. A small job may ' +
      'pass a large one that still does not fit.',
  ),
  allocation(
    'buddy',
    'the buddy system: halves that become whole again',
    { policy: 'buddy', size: 1_024 },
    'A 100, B 240, C 64, D 256, -B, -A, E 75, -C, -E, -D',
    'Every block is a power of two. A request takes the smallest block that is large enough, and halves a larger one if it ' +
      'must. Two halves that are free at the same time are joined. That is quick, and rounding up is its price. The ' +
      'sequence is that of Stallings.',
  ),
  allocation(
    'frames',
    'paging: memory in frames, and no hole is too small',
    { policy: 'paged', frames: 16, pageSize: 64 },
    'A 200, B 120, C 250, D 64, -A, -C, E 380',
    'Memory is divided into frames of 64, and a job into pages of 64, which go into any frames that are free. E lies in two ' +
      'places, and its page table makes one space of them. Only the last page of each job has an unused rest.',
  ),
]

/** In the order of the course. */
export const memoryScenarios: readonly MemoryScenario[] = [
  ...allocationScenarios,
  ...addressScenarios,
  ...exchangeScenarios,
]
