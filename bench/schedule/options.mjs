// The command line of the scheduling benchmark. Every number has an upper
// limit, so a mistyped one cannot occupy a machine for hours.

import { parseArgs } from 'node:util'
import { number } from '../lib/number.mjs'
import { scenarios } from './scenarios.mjs'

export function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  const known = scenarios.map(({ name }) => name)
  const only = values.only?.split(',').filter(Boolean) ?? known
  const unknown = only.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`--only takes some of ${known.join(', ')}, not "${unknown}"`)
  return {
    rounds: Math.round(number(values.rounds ?? (values.quick ? 1 : 5), 'rounds', 1, 50)),
    only,
    quick: values.quick,
    whole: !values.quick && values.only === undefined,
    command: ['node bench/schedule/run.mjs', ...words].join(' '),
  }
}
