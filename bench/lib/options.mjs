// The command line of the benchmark. Every run is bounded: rounds and seconds
// have upper limits, so a mistyped number cannot occupy a machine for hours.

import { parseArgs } from 'node:util'
import { number } from './number.mjs'

const kinds = ['udp', 'tcp', 'idle']

export function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  if (values.only !== undefined && !kinds.includes(values.only)) {
    throw new Error(`--only takes one of ${kinds.join(', ')}, not "${values.only}"`)
  }
  return {
    rounds: Math.round(number(values.rounds ?? (values.quick ? 1 : 5), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (values.quick ? 0.5 : 2), 'seconds', 0.1, 60),
    warmUpSeconds: values.quick ? 0.2 : 0.5,
    idleConnections: values.quick ? 1_000 : 10_000,
    only: values.only,
    peerNames: values.peers?.split(',').filter(Boolean),
    quick: values.quick,
    command: ['node bench/run.mjs', ...words].join(' '),
  }
}
