/**
 * Thousands of tasks while lanes are killed every few milliseconds, with a ledger that the tasks write themselves. The
 * seed is printed; LANEWORK_SEED repeats a run, LANEWORK_CHAOS_MS makes it longer.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { Pool } from '#lanework/process/index.js'
import { inLedger } from '../fixtures/pool-tasks.ts'
import { isNative } from '../support/capability.ts'
import { folder } from '../support/folder.ts'
import { childrenOf, descriptors, mappings } from '../support/processes.ts'
import { until } from '../support/until.ts'

const seed = Number(process.env['LANEWORK_SEED'] ?? Date.now() % 1_000_000)
const lastsMs = Number(process.env['LANEWORK_CHAOS_MS'] ?? 2_500)
/** A task that is neither done nor given up so long after the last kill hangs. */
const deadlineMs = 30_000
const attempts = 50

/** Numbers from 0 to 1, the same for the same seed. */
let state = seed
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 4_294_967_296
}

interface Ledger {
  readonly begins: Map<number, number>
  readonly ends: Map<number, number>
}

function readLedger(path: string): Ledger {
  const begins = new Map<number, number>()
  const ends = new Map<number, number>()
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const [kind, id] = line.split(' ')
    const counts = kind === 'b' ? begins : ends
    counts.set(Number(id), (counts.get(Number(id)) ?? 0) + 1)
  }
  return { begins, ends }
}

for (const onWorkerLost of ['reject', 'retry'] as const) {
  describe(`chaos, seed ${seed}, ${onWorkerLost}`, () => {
    it(
      'every task settles once, runs as often as was declared, and nothing is left behind',
      { timeout: 300_000 },
      async (context) => {
        // What the first child of a program opens stays open.
        await using first = new Pool({ lanes: 1, laneKind: 'process', name: 'First' })
        await first.run(inLedger, [join(folder, 'ledger-first'), 0, 0])
        await first.close()
        const before = { open: descriptors().length, maps: mappings(), children: childrenOf(process.pid).length }
        const path = join(folder, `ledger-${onWorkerLost}`)
        await using pool = new Pool({ lanes: 3, laneKind: 'process', onWorkerLost, attempts, name: 'Chaos' })
        const settled: number[] = []
        const outcomes = new Map<number, unknown>()
        let submitted = 0
        let kills = 0
        const submit = (): void => {
          const id = submitted++
          const settle = (outcome: unknown): void => {
            settled[id] = (settled[id] ?? 0) + 1
            outcomes.set(id, outcome)
          }
          pool.run(inLedger, [path, id, Math.floor(random() * 300)]).then(settle, settle)
        }
        const killing = { isOver: false }
        const kill = (pid: number): boolean => {
          try {
            return process.kill(pid, 'SIGKILL')
          } catch (error) {
            // Its end is known to the system, and not yet to the pool.
            assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
            return false
          }
        }
        const killer = (async () => {
          const end = performance.now() + lastsMs
          // On a loaded machine it takes longer until something has happened.
          const isEnough = (): boolean => kills > 3 && submitted > 200
          const last = end + deadlineMs
          let settledBefore = 0
          while (performance.now() < end || (!isEnough() && performance.now() < last)) {
            // Mostly so far apart that lanes get to work in between: one takes a while to start.
            await new Promise((resolve) => setTimeout(resolve, -Math.log(1 - random()) * 100))
            // However slow the machine is: mostly something has been done since the last kill.
            if (outcomes.size === settledBefore && random() > 0.1) continue
            // One that starts is killed as well, now and then, but not for ever.
            const prey = pool.lanes.filter(({ state: lane }) => lane !== 'starting' || random() < 0.1)
            const lane = prey[Math.floor(random() * prey.length)]
            if (lane === undefined || lane.pid === 0 || !kill(lane.pid)) continue
            kills += 1
            settledBefore = outcomes.size
          }
        })().finally(() => (killing.isOver = true))
        while (!killing.isOver) {
          while (submitted - outcomes.size < 200) submit()
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
        await killer
        await until('every task is settled', () => outcomes.size === submitted, deadlineMs)
        const { begins, ends } = readLedger(path)
        const lost = [...outcomes.values()].filter((outcome) => typeof outcome !== 'number').length
        for (let id = 0; id < submitted; id++) {
          const outcome = outcomes.get(id)
          const [began, ended] = [begins.get(id) ?? 0, ends.get(id) ?? 0]
          assert.equal(settled[id], 1, `task ${id} settled ${settled[id]} times`)
          if (typeof outcome === 'number') {
            assert.equal(outcome, id * 3)
            assert.ok(ended >= 1, `task ${id} is done, but its end is not in the ledger`)
          } else {
            const code = onWorkerLost === 'reject' ? 'WORKER_LOST' : 'TASK_QUARANTINED'
            assert.ok(isLaneworkError(outcome, code), String(outcome))
          }
          if (onWorkerLost === 'reject') assert.ok(began <= 1, `task ${id} began ${began} times`)
          else assert.ok(began <= attempts)
        }
        if (onWorkerLost === 'retry') assert.equal(lost, 0)
        assert.ok(kills > 3 && submitted > 200, `${kills} kills, ${submitted} tasks`)
        context.diagnostic(`${kills} kills, ${submitted} tasks, ${lost} lost`)
        const metrics = pool.metrics()
        assert.equal(metrics.submitted, metrics.fulfilled + metrics.rejected)
        await pool.close()
        assert.deepEqual(pool.lanes, [])
        await until('there is no child', () => childrenOf(process.pid).length <= before.children)
        await until('descriptors are closed', () => descriptors().length <= before.open)
        if (isNative) await until('mappings are given back', () => collected() && mappings() <= before.maps + 4)
      },
    )
  })
}

/** Mapped memory is given back when its buffer is collected; filling the heap makes that happen. */
function collected(): boolean {
  Array.from({ length: 100_000 }, (_, index) => ({ index }))
  return true
}
