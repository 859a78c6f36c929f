// How a job is handed over (the caller waits, or goes on) crossed with what it does (it waits, or computes).
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Pool } from 'lanework/process'
import { clock, diary, waitFor, type Mark } from './tasks/work.ts'

const pool = new Pool({ lanes: 1 })
await pool.run(waitFor, [1]) // until the lane is there

async function timeline(how: 'synchronous' | 'asynchronous', kind: 'waits' | 'computes'): Promise<void> {
  const caller = how === 'synchronous' ? 'blocked' : 'running'
  const marks: Mark[] = [
    { at: clock(), caller: 'running', task: '-' },
    { at: clock(), caller, task: 'ready' },
  ]
  const told = new AbortController()
  const result = pool.run(diary, [kind]).then((diaryOfTask) => {
    told.abort()
    marks.push(...diaryOfTask, { at: clock(), caller: 'running' })
  })
  if (how === 'synchronous') await result
  while (!told.signal.aborted) await nextTurn() // other work, piece by piece, until the result announces itself

  console.log(`${how}, and the task ${kind}`)
  for (const who of ['caller', 'task'] as const) {
    let state: string | undefined
    const states = marks.toSorted((a, b) => a.at - b.at).map((mark) => (state = mark[who] ?? state)?.padEnd(7))
    console.log(`  ${who.padEnd(6)}  ${states.join('  ').trimEnd()}`)
  }
}

await timeline('synchronous', 'waits')
await timeline('synchronous', 'computes')
await timeline('asynchronous', 'waits')
await timeline('asynchronous', 'computes')
await pool.close()
