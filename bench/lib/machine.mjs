// The facts about the machine and the programs that a reader needs to judge
// the numbers. What cannot be found out is left out instead of guessed.

import { spawnSync } from 'node:child_process'
import os from 'node:os'

function firstLine(command, words) {
  const ran = spawnSync(command, words, { encoding: 'utf8', timeout: 10_000 })
  if (ran.status !== 0) return undefined
  return (ran.stdout || ran.stderr).split('\n')[0].trim()
}

export function describeMachine() {
  const cores = os.cpus()
  const facts = [
    ['Date', new Date().toISOString().slice(0, 10)],
    ['Processor', `${cores[0].model.trim()}, ${cores.length} cores visible`],
    ['Kernel', `${os.type()} ${os.release()}`],
    ['Node', process.version],
    ['C compiler', firstLine(process.env.CC ?? 'gcc', ['--version'])],
    ['Go', firstLine('go', ['version'])],
    ['Python', firstLine('python3', ['--version'])],
  ]
  return facts.filter(([, value]) => value !== undefined)
}
