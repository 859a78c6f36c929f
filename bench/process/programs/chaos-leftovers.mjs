// What a pool leaves behind: processes (found by a mark in their environment,
// so that a new parent does not hide them), zombies, descriptors, mappings.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { familyOf } from './meter.mjs'

const markName = 'LANEWORK_CHAOS'
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Children started from now on carry the mark. */
export function markFamily(mark) {
  process.env[markName] = mark
}

function stateOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text[text.lastIndexOf(')') + 2]
  } catch {
    return undefined
  }
}

/** Living processes that carry the mark, without this one. */
export function marked(mark) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${markName}=${mark}`)
      } catch {
        return false
      }
    })
}

const children = () => familyOf().filter((pid) => pid !== process.pid)
export const liveChildren = () => children().filter((pid) => !['Z', undefined].includes(stateOf(pid)))
export const zombies = () => children().filter((pid) => stateOf(pid) === 'Z').length

export function filesAndMappings() {
  const mappings = readFileSync('/proc/self/maps', 'utf8').split('\n')
  return {
    files: readdirSync('/proc/self/fd').length,
    mappings: mappings.filter((line) => /memfd:|\/dev\/shm/.test(line)).length,
  }
}

/** Kills a program in the middle of its tasks and counts who is alive one second later. */
export async function survivorsOf(kind) {
  const program = fileURLToPath(new URL('./chaos-parent.mjs', import.meta.url))
  const mark = `${process.env[markName]}-parent`
  const parent = spawn(process.execPath, [program, '--kind', kind], {
    env: { ...process.env, [markName]: mark },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(parent, 'exit')
  await Promise.race([once(parent.stdout, 'data'), ended])
  parent.kill('SIGKILL')
  await ended
  await pause(1_000)
  const alive = marked(mark)
  for (const pid of alive) process.kill(pid, 'SIGKILL')
  return alive.length
}
