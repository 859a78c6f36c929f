// Writes the result files: the facts of the run, the command that repeats it,
// and one table for each scenario. A run that was shortened or narrowed goes
// to a folder of its own, so it never replaces the figures of a complete one.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from './machine.mjs'
import { partialResults, results } from './paths.mjs'
import { formatTable } from './table.mjs'

const explanations = {
  throughput:
    'Thousand replies a second. The ratios are medians of the ratios within each round. ' +
    'Where the server core is not fully busy, the load was the limit.',
  latency: 'Microseconds from the time a message was due to its reply.',
  idle: 'Resident memory of the server process; memory of the kernel is not counted.',
}

function heading(title, options, scenarios) {
  const { rounds, seconds, warmUpSeconds, idleConnections } = options
  const shape = scenarios.some(({ kind }) => kind === 'idle')
    ? `${rounds} rounds of ${idleConnections.toLocaleString('en')} connections`
    : `${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warm-up, servers in turn`
  const facts = describeMachine().map(([name, value]) => `- ${name}: ${value}`)
  return [
    `# ${title}`,
    '',
    ...facts,
    `- Measured: ${shape}; server on core 1, load on core 0, over 127.0.0.1`,
    `- Repeat: \`${options.command}\``,
    '',
    'What the columns mean and what each server is: [bench/README.md](../README.md).',
  ].join('\n')
}

function write(folder, file, title, options, tables) {
  if (tables.length === 0) return undefined
  const sections = tables.map(
    ({ scenario, rows }) => `## ${scenario.title}\n\n${explanations[scenario.kind]}\n\n${formatTable(scenario, rows)}`,
  )
  mkdirSync(folder, { recursive: true })
  const path = join(folder, file)
  const head = heading(
    title,
    options,
    tables.map(({ scenario }) => scenario),
  )
  writeFileSync(path, `${[head, ...sections].join('\n\n')}\n`)
  return path
}

export function writeReports(options, tables) {
  const whole = !options.quick && options.peerNames === undefined
  const echo = tables.filter(({ scenario }) => scenario.kind !== 'idle')
  const idle = tables.filter(({ scenario }) => scenario.kind === 'idle')
  const echoFolder = whole && options.only === undefined ? results : partialResults
  const idleFolder = whole ? results : partialResults
  return [
    write(echoFolder, 'udp-tcp-echo.md', 'UDP and TCP echo', options, echo),
    write(idleFolder, 'idle-connections.md', 'Idle TCP connections', options, idle),
  ].filter(Boolean)
}
