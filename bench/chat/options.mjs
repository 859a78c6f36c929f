// The command line of the chat benchmark; rounds and seconds have upper limits.

import { parseArgs } from 'node:util'
import { number } from '../lib/number.mjs'
import { scenarioNames } from './scenarios.mjs'

export function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      retries: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
    },
  })
  const only = values.only?.split(',') ?? scenarioNames
  for (const name of only) {
    if (!scenarioNames.includes(name))
      throw new Error(`--only takes some of ${scenarioNames.join(', ')}, not "${name}"`)
  }
  return {
    rounds: Math.round(number(values.rounds ?? (values.quick ? 1 : 5), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (values.quick ? 0.5 : 1.2), 'seconds', 0.1, 60),
    retries: Math.round(number(values.retries, 'retries', 0, 100)),
    only,
    peers: values.peers?.split(','),
    whole: !values.quick && values.only === undefined && values.peers === undefined,
    isQuick: values.quick,
    command: ['node bench/chat/run.mjs', ...words].join(' '),
  }
}
