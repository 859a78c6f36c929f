// Writes the report in Markdown and, beside it, every single measurement as
// JSON. A partial run goes to a folder that is not kept.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../lib/machine.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import { topics } from './options.mjs'
import { versionOf } from './programs/pools.mjs'
import { formatTable } from './table.mjs'

const figureTopics = topics.filter((topic) => topic !== 'chaos')
const peerPackages = ['piscina', 'tinypool', 'workerpool']

function facts(options, shape) {
  const machine = describeMachine().filter(([name]) => name !== 'Go')
  const versions = peerPackages.map((name) => `${name} ${versionOf(name)}`).join(', ')
  return [...machine, ['Pools', versions], ['Measured', shape], ['Repeat', `\`${options.command}\``]]
}

function sectionOf({ scenario, rows }) {
  const aim = scenario.aim ? `Aim: ${scenario.aim}.\n\n` : ''
  return `## ${scenario.title}\n\n${aim}${formatTable(scenario, rows)}`
}

const plainRow = ({ peer, rounds, failures }) => ({
  name: peer.name,
  command: peer.command.join(' '),
  rounds: Object.fromEntries(rounds),
  failures: Object.fromEntries(failures),
})

function write(folder, name, title, shape, options, tables) {
  if (tables.length === 0) return []
  mkdirSync(folder, { recursive: true })
  const known = facts(options, shape)
  const head = [
    `# ${title}`,
    '',
    ...known.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'What is measured, and how: [bench/README.md](../README.md#processes).',
  ].join('\n')
  const text = join(folder, `${name}.md`)
  writeFileSync(text, `${[head, ...tables.map(sectionOf)].join('\n\n')}\n`)
  const data = join(folder, `${name}.json`)
  const plain = tables.map(({ scenario, rows }) => ({ title: scenario.title, rows: rows.map(plainRow) }))
  writeFileSync(data, `${JSON.stringify({ facts: Object.fromEntries(known), scenarios: plain }, undefined, 2)}\n`)
  return [text, data]
}

export function writeReports(options, tables) {
  const whole = !options.quick && options.peerNames === undefined
  const complete = whole && figureTopics.every((topic) => options.topics.includes(topic))
  const figures = tables.filter(({ scenario }) => scenario.kind !== 'chaos')
  const chaos = tables.filter(({ scenario }) => scenario.kind === 'chaos')
  const { rounds, seconds, warmUpSeconds, kills, chaosMinutes, peerMinutes, seed } = options
  const shape = `${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up, peers in turn, cores 0 and 1`
  return [
    ...write(complete ? results : partialResults, 'process', 'Processes', shape, options, figures),
    ...write(
      whole ? results : partialResults,
      'process-chaos',
      'Processes killed at random moments',
      `${kills.toLocaleString('en')} times kill -9, at most ${chaosMinutes} minutes for lanework, ${peerMinutes} for the others, seed ${seed}`,
      options,
      chaos,
    ),
  ]
}
