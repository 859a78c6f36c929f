/** Every policy of the table, and what its options change, against the contract. */
import { policyByName, policyTable, optionsLike, presets, type PolicyOptions } from '#lanework/schedule/index.js'
import { contract } from './contract.js'

const variants: readonly [string, PolicyOptions][] = [
  ['sjf', { bursts: 'predicted', round: 'up', ties: 'name' }],
  ['srtf', { bursts: 'predicted', ties: 'burst' }],
  ['rr', { quantum: 3, virtual: true }],
  ['priority', { order: 'high-first', preemptive: true, ageing: 0.5, quantum: 2, preempted: 'head' }],
  [
    'mlq',
    {
      queues: [
        { name: 'one', policy: { policy: 'mlfq', boost: 7 }, share: 2 },
        { name: 'two', policy: 'stride', share: 1 },
      ],
    },
  ],
  [
    'mlfq',
    { quanta: [1, 2, 4, 8], allotments: [2, 1, 1, 1], boost: 10, io: 'raise', returns: 'head', demote: 'contended' },
  ],
  ['lottery', { compensation: true, draw: 'modulo' }],
  ['fair', { weights: 'nice', sleeperCredit: 3 }],
  ['eevdf', { slice: 4, slices: { key1: 1 } }],
  ['fair-share', { by: 'key', weights: { key0: 3 }, within: { policy: 'sjf' }, quantum: 2 }],
  ['edf', { preemptive: false }],
  ['easy', { reservations: Infinity }],
]

for (const { name } of policyTable) contract(name, () => policyByName(name), true)
for (const [name, options] of variants)
  contract(`${name} ${JSON.stringify(options)}`, () => policyByName(name, options), false)
for (const { book, policies } of Object.values(presets)) {
  for (const name of Object.keys(policies))
    contract(`${name} like ${book}`, () => policyByName(name, optionsLike(book, name)), false)
}
