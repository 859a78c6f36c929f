// Times formatted a second, in millions: lanework beside the npm package strftime and what Node itself has. The time
// goes on by a second with each call. Seconds are those of the processor, collecting garbage included, so that a busy machine does not
// matter much. Medians of five rounds.
//
//   (cd bench && npm ci) && node bench/micro/strftime.mjs [--write]

import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { results } from '../lib/paths.mjs'
import { strftime, strftimeBytes, timeFormat } from '../../dist/services/time/index.js'

const [loadBefore] = loadavg()
const times = 500_000
const rounds = 5
const start = 1_750_000_000
const common = '%Y-%m-%d %H:%M:%S'

const peer = await import('strftime').then(
  ({ default: found }) => found,
  () => undefined,
)

/** Formats so many times, a second further each time; gives the last text so that the work cannot be left out. */
function run(format, count) {
  let last
  for (let index = 0; index < count; index++) last = format(start + index)
  return last
}

function ours(pattern, options) {
  const { formatSeconds } = timeFormat(pattern, options)
  return (seconds) => formatSeconds(seconds, 0)
}

const bytes = Buffer.from(common)
const inUtc = { timeZone: 'UTC' }
const inBerlin = { timeZone: 'Europe/Berlin' }
const intl = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'Europe/Berlin' })
const peerUtc = peer?.utc()

const ways = [
  ['lanework, timeFormat, UTC', common, ours(common, inUtc)],
  ['lanework, strftime(date), UTC', common, (seconds) => strftime(common, new Date(seconds * 1_000), inUtc)],
  ['lanework, strftime(bigint), UTC', common, (seconds) => strftime(common, BigInt(seconds) * 1_000_000_000n, inUtc)],
  ['lanework, strftimeBytes, UTC', common, (seconds) => strftimeBytes(bytes, new Date(seconds * 1_000), inUtc)],
  ['lanework, timeFormat, Europe/Berlin', common, ours(common, inBerlin)],
  [
    'lanework, strftime(date), Europe/Berlin',
    common,
    (seconds) => strftime(common, new Date(seconds * 1_000), inBerlin),
  ],
  ['lanework, timeFormat, Europe/Berlin', '%c %Z', ours('%c %Z', inBerlin)],
  ['lanework, timeFormat, Europe/Berlin', '%A, %e %B %Y, week %V', ours('%A, %e %B %Y, week %V', inBerlin)],
  ['lanework, timeFormat, de, Europe/Berlin', '%A, %e. %B %Y', ours('%A, %e. %B %Y', { ...inBerlin, locale: 'de' })],
  ['npm strftime, UTC', common, peerUtc && ((seconds) => peerUtc(common, new Date(seconds * 1_000)))],
  ['npm strftime, local', common, peer && ((seconds) => peer(common, new Date(seconds * 1_000)))],
  ['npm strftime, UTC', '%A, %e %B %Y', peerUtc && ((seconds) => peerUtc('%A, %e %B %Y', new Date(seconds * 1_000)))],
  ['Date.toISOString', '', (seconds) => new Date(seconds * 1_000).toISOString()],
  ['Intl.DateTimeFormat, Europe/Berlin', '', (seconds) => intl.format(seconds * 1_000)],
]

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

function millionsPerSecond(format, count) {
  const begun = process.cpuUsage()
  run(format, count)
  const { user, system } = process.cpuUsage(begun)
  return count / (user + system)
}

const measured = ways
  .filter(([, , format]) => format !== undefined)
  .map(([name, pattern, format]) => {
    run(format, times / 10)
    const millions = median(Array.from({ length: rounds }, () => millionsPerSecond(format, times)))
    return { name, pattern, millions }
  })

if (process.argv.includes('--write')) write(measured)
if (peer === undefined) console.log('npm strftime is not installed; `npm ci` in bench/ does it.\n')
for (const { name, pattern, millions } of measured) {
  console.log(`${name.padEnd(40)} ${pattern.padEnd(24)} ${millions.toFixed(2).padStart(7)}`)
}

function write(rows) {
  const facts = describeMachine().filter(([name]) => ['Date', 'Processor', 'Kernel', 'Node'].includes(name))
  const page = `# Times formatted

Written by \`node bench/micro/strftime.mjs --write\`. The time goes on by a second with each call. A second is one of the processor,
collecting garbage included. Medians of ${rounds} rounds. The service that answers formats is in [time.md](time.md).

${facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')}
- Load average before: ${loadBefore.toFixed(1)}

| | format | millions a second |
|---|---|---:|
${rows.map(({ name, pattern, millions }) => `| ${name} | ${pattern && `\`${pattern}\``} | ${millions.toFixed(2)} |`).join('\n')}
`
  writeFileSync(join(results, 'strftime.md'), page)
}
