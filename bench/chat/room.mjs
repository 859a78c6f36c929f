// A room full of members (chat/load), which stay between the runs: lets them in, and asks for one run after the other.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bench } from '../lib/paths.mjs'

const loadCore = '0'
const joinMs = 160_000
const graceMs = 15_000

/** Gives `{ failure }`, or the room with all its members in. */
export async function fillRoom({ transport, members, roomMembers = members, isEchoed, sizeBytes = 64 }, port) {
  const words = [
    ['--transport', transport],
    ['--members', members],
    ['--room-members', roomMembers],
    ['--echo', Number(isEchoed)],
    ['--size', sizeBytes],
    ['--port', port],
  ].flat()
  const child = spawn('taskset', ['-c', loadCore, 'build/room-load', ...words.map(String)], {
    cwd: bench,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complained = ''
  child.stderr.on('data', (text) => (complained = (complained + text).slice(0, 2_000)))
  child.stdin.on('error', () => {})
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function answer(timeoutMs) {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const { value, done } = await lines.next()
    clearTimeout(timer)
    if (!done) return JSON.parse(value)
    await closed
    return { failure: `load ended: ${complained.trim().split('\n')[0] || child.signalCode || child.exitCode}` }
  }

  /** `run` as chat/load/room.h has it. */
  async function run(parts) {
    child.stdin.write(
      `run ${Object.entries(parts)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}\n`,
    )
    return await answer(parts.seconds * 1_000 + graceMs)
  }

  async function openCount() {
    child.stdin.write('open\n')
    return (await answer(graceMs)).open
  }

  async function leave() {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await closed
    clearTimeout(timer)
  }

  const joined = await answer(joinMs)
  return joined.failure ? joined : { joinSeconds: joined.seconds, run, openCount, leave }
}
