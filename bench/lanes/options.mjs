// The command line of the lanes benchmark. Every number has an upper limit.

import { parseArgs } from 'node:util'
import { number } from '../lib/number.mjs'
import { peerNames } from './peers.mjs'
import { topics } from './scenarios.mjs'

function names(text, what, known) {
  const list = text?.split(',').filter(Boolean)
  const unknown = list?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`--${what} takes some of ${known.join(', ')}, not "${unknown}"`)
  return list
}

export function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'disturbed-seconds': { type: 'string' },
      'peer-seconds': { type: 'string' },
      'kill-ms': { type: 'string', default: '200' },
      'reload-ms': { type: 'string', default: '2000' },
      'slow-clients': { type: 'string' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      peers: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  return {
    rounds: Math.round(number(values.rounds ?? (quick ? 1 : 3), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (quick ? 1 : 3), 'seconds', 0.2, 60),
    warmUpSeconds: quick ? 0.3 : 1,
    disturbedSeconds: number(values['disturbed-seconds'] ?? (quick ? 4 : 60), 'disturbed-seconds', 1, 600),
    peerSeconds: number(values['peer-seconds'] ?? (quick ? 4 : 20), 'peer-seconds', 1, 600),
    killMs: number(values['kill-ms'], 'kill-ms', 20, 60_000),
    reloadMs: number(values['reload-ms'], 'reload-ms', 100, 60_000),
    slowClients: Math.round(number(values['slow-clients'] ?? (quick ? 500 : 5_000), 'slow-clients', 1, 10_000)),
    seed: Math.round(number(values.seed, 'seed', 0, 2 ** 31)),
    topics: names(values.only, 'only', topics) ?? topics,
    peerNames: names(values.peers, 'peers', peerNames),
    isKept: !quick && values.peers === undefined,
    command: ['node bench/lanes/run.mjs', ...words].join(' '),
  }
}
