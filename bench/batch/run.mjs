// Runs the batch benchmark on real programs and writes its report. The CPU
// that is measured on is the last one; everything started ends with it.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { usableCpus } from '../../dist/batch/index.js'
import { describeMachine } from '../lib/machine.mjs'
import { number } from '../lib/number.mjs'
import { partialResults, results } from '../lib/paths.mjs'
import * as jitter from './jitter.mjs'
import * as mixed from './mixed.mjs'
import * as overhead from './overhead.mjs'
import * as predicted from './predicted.mjs'
import { spinner } from './spinner.mjs'
import { markdown } from './table.mjs'

const topics = { jitter, overhead, predicted, mixed }

function readOptions(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  const only = values.only?.split(',') ?? Object.keys(topics)
  const unknown = only.find((name) => !(name in topics))
  if (unknown !== undefined) throw new Error(`--only takes some of ${Object.keys(topics).join(', ')}, not "${unknown}"`)
  const cpus = usableCpus()
  return {
    rounds: Math.round(number(values.rounds ?? (values.quick ? 1 : 3), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (values.quick ? 1 : 8), 'seconds', 0.5, 60),
    only,
    quick: values.quick,
    cpus,
    cpu: cpus.at(-1),
    command: ['node bench/batch/run.mjs', ...words].join(' '),
  }
}

function write(options, tables) {
  const isComplete = !options.quick && options.only.length === Object.keys(topics).length
  const folder = isComplete ? results : partialResults
  mkdirSync(folder, { recursive: true })
  const facts = [
    ...describeMachine().filter(([name]) => name !== 'Go'),
    ['The program that computes', spinner().name],
    ['Measured', `${options.rounds} rounds, CPU ${options.cpu}`],
    ['Repeat', `\`${options.command}\``],
  ]
  const head = [
    '# Batch',
    '',
    ...facts.map(([fact, value]) => `- ${fact}: ${value}`),
    '',
    'What is measured, and how: [bench/README.md](../README.md#batch).',
  ]
  const sections = tables.map(({ topic, rows }) => {
    return `## ${topic.title}\n\nAim: ${topic.aim}.\n\n${markdown(
      topic.head,
      rows.map(({ cells }) => cells),
    )}`
  })
  const text = join(folder, 'batch.md')
  writeFileSync(text, `${[head.join('\n'), ...sections].join('\n\n')}\n`)
  const data = join(folder, 'batch.json')
  const plain = tables.map(({ topic, rows }) => ({ title: topic.title, rows: rows.map((row) => row.data) }))
  writeFileSync(data, `${JSON.stringify({ facts: Object.fromEntries(facts), tables: plain }, undefined, 2)}\n`)
  return [text, data]
}

async function main() {
  const options = readOptions(process.argv.slice(2))
  const tables = []
  for (const name of options.only) {
    const topic = topics[name]
    console.error(`${topic.title} ...`)
    const rows = await topic.measure(options)
    tables.push({ topic, rows })
    console.log(
      `\n## ${topic.title}\n\n${markdown(
        topic.head,
        rows.map(({ cells }) => cells),
      )}\n`,
    )
  }
  for (const path of write(options, tables)) console.log(`written: ${relative(process.cwd(), path)}`)
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${error.stack}`)
  process.exitCode = 1
}
