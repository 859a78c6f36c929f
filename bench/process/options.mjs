// The command line of the process benchmark. Every number has an upper limit,
// so a mistyped one cannot occupy a machine for hours.

import { parseArgs } from 'node:util'
import { number } from '../lib/number.mjs'

export const topics = ['queue', 'pipe', 'pool', 'map', 'array', 'start', 'idle', 'chaos']

function names(text, what, known) {
  const list = text?.split(',').filter(Boolean)
  const unknown = list?.find((name) => known && !known.includes(name))
  if (unknown !== undefined) throw new Error(`--${what} takes some of ${known.join(', ')}, not "${unknown}"`)
  return list
}

export function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      kills: { type: 'string' },
      'chaos-minutes': { type: 'string', default: '20' },
      'peer-minutes': { type: 'string' },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
    },
  })
  const only = names(values.only, 'only', topics)
  return {
    rounds: Math.round(number(values.rounds ?? (values.quick ? 1 : 3), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (values.quick ? 0.3 : 0.6), 'seconds', 0.1, 60),
    warmUpSeconds: values.quick ? 0.1 : 0.2,
    kills: Math.round(number(values.kills ?? (values.quick ? 20 : 10_000), 'kills', 1, 100_000)),
    chaosMinutes: number(values['chaos-minutes'], 'chaos-minutes', 0.1, 120),
    // A pool that hangs is not better known after an hour than after some minutes.
    peerMinutes: number(values['peer-minutes'] ?? values['chaos-minutes'], 'peer-minutes', 0.1, 120),
    seed: Math.round(number(values.seed, 'seed', 0, 2 ** 31)),
    // The chaos ledger takes far longer than the figures, so it is asked for by name.
    topics: only ?? topics.filter((topic) => topic !== 'chaos'),
    peerNames: names(values.peers, 'peers'),
    quick: values.quick,
    command: ['node bench/process/run.mjs', ...words].join(' '),
  }
}
