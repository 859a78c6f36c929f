// How fast times are formatted, in a loop and as a service. Writes results/strftime.md.
//
//   (cd bench && npm ci) && npm run build && node bench/time/format.mjs [--rounds 5] [--seconds 2]
//
// The service is beside a reflector in C that sends the same datagrams back: what the system's calls alone cost. Server on core 1,
// load on core 0; servers take turns, and ratios are taken within a round.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../lib/machine.mjs'
import { measureEcho } from '../lib/measure.mjs'
import { bench, results, root } from '../lib/paths.mjs'
import { median, pairwiseRatio, rotate, spread } from '../lib/statistics.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const serveTime = ['node', 'dist/cli/main.js', 'serve', 'time', '--listen', 'udp://127.0.0.1:0']
const servers = [
  { name: 'reflector in C', command: ['bench/build/c-udp', '0'] },
  { name: 'lanework serve time', command: serveTime },
  { name: 'the same without the addon', command: serveTime, environment: { LANEWORK_NO_NATIVE: '1' } },
]
const scenario = { load: ['format-load', '--sockets', '8', '--in-flight', '256'] }

function compile(name, ...sources) {
  const words = ['-O2', '-Wall', '-Wextra', '-o', `build/${name}`, ...sources]
  const { status, stderr } = spawnSync(process.env.CC ?? 'gcc', words, { cwd: bench, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} does not compile: ${stderr}`)
}

async function measureService() {
  const measured = new Map(servers.map(({ name }) => [name, new Map()]))
  for (let round = 0; round < rounds; round++) {
    for (const server of rotate(servers, round)) {
      const result = await measureEcho(server, scenario, { warmUpSeconds: 0.5, seconds })
      if (result.failure) throw new Error(`${server.name}: ${result.failure}`)
      if (result.mismatched > 0) throw new Error(`${server.name}: ${result.mismatched} wrong answers`)
      measured.get(server.name).set(round, result)
      console.log(
        `round ${round + 1}: ${server.name.padEnd(28)} ${Math.round(result.perSecond).toLocaleString('en')}/s`,
      )
    }
  }
  return measured
}

const thousands = (value) => (value / 1_000).toFixed(1)

function serviceTable(measured) {
  const reflector = measured.get(servers[0].name)
  const rows = servers.map(({ name }) => {
    const own = [...measured.get(name).values()]
    const rate = spread(own.map((each) => each.perSecond))
    const ratio = pairwiseRatio(measured.get(name), reflector, (each) => each.perSecond)
    const lost = own.reduce((sum, each) => sum + each.lost, 0)
    const processorUs = median(own.map((each) => each.processorUsPerMessage))
    return `| ${name} | ${thousands(rate.median)} (${thousands(rate.lowest)} to ${thousands(rate.highest)}) | ${ratio.toFixed(2)} | ${processorUs.toFixed(2)} | ${lost} |`
  })
  const head = '| server | thousands a second | of the reflector | processor time, µs a message | lost |'
  return [head, '|---|---:|---:|---:|---:|', ...rows].join('\n')
}

function microTable() {
  const { stdout, status, stderr } = spawnSync(
    'taskset',
    ['-c', '1', process.execPath, 'bench/micro/strftime.mjs', '--json'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(stderr)
  const rows = JSON.parse(stdout).map(
    ({ name, pattern, millions }) => `| ${name} | ${pattern === '' ? '' : `\`${pattern}\``} | ${millions.toFixed(2)} |`,
  )
  return ['| | format | millions a second of the processor |', '|---|---|---:|', ...rows].join('\n')
}

const [busy] = loadavg()
mkdirSync(join(bench, 'build'), { recursive: true })
compile('c-udp', 'peers/c-udp.c')
compile('format-load', 'time/format-load.c', 'load/common.c')
const service = serviceTable(await measureService())
const load = [
  'Load',
  `${busy.toFixed(1)} programs ready to run in the minute before; ratios and processor time say more than rates where that is not 0`,
]
const page = `# Times formatted

Written by \`node bench/time/format.mjs\`.

${[...describeMachine(), load].map(([name, value]) => `- ${name}: ${value}`).join('\n')}

## In a loop

The time goes on by a second with each call. A second is one of the processor, collecting garbage included. Medians of five rounds.

${microTable()}

## As a service

UDP on loopback, 256 requests \`%Y-%m-%d %H:%M:%S\` in flight over 8 sockets; server on one core, load on the other. ${rounds} rounds of ${seconds} s: medians,
with the lowest and highest round. The reflector sends each request back as it is. Ratios are medians of those within a round.

${service}
`
writeFileSync(join(results, 'strftime.md'), page)
console.log(`\n${page}`)
