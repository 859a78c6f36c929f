// The command line of the time benchmark; rounds and seconds have upper limits.

import { parseArgs } from 'node:util'
import { number } from '../lib/number.mjs'
import { scenarios } from './scenarios.mjs'

export function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      retries: { type: 'string', default: '0' },
      quick: { type: 'boolean', default: false },
    },
  })
  const names = scenarios.map(({ name }) => name)
  const only = values.only?.split(',') ?? names
  for (const name of only) {
    if (!names.includes(name)) throw new Error(`--only takes some of ${names.join(', ')}, not "${name}"`)
  }
  return {
    rounds: Math.round(number(values.rounds ?? (values.quick ? 1 : 5), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (values.quick ? 0.5 : 2), 'seconds', 0.1, 60),
    retries: Math.round(number(values.retries, 'retries', 0, 100)),
    warmUpSeconds: values.quick ? 0.2 : 0.5,
    only,
    whole: !values.quick && values.only === undefined,
    command: ['node bench/time/run.mjs', ...words].join(' '),
  }
}
