/** The supervisor itself killed, stopped, or told to end together with its lanes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runFixture } from '../../support/fixture.ts'
import { ask, loads, serveFaulty, setFlags, tell } from '../../support/lanes.ts'
import { clientOf } from '../../support/matrix.ts'
import { childrenOf, identify, lives, type Identity } from '../../support/process-table.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
setFlags({})

async function started(detached = false) {
  const before = loads()
  const program = runFixture('lane-server', [], { detached })
  // A test that failed leaves none behind; the lanes end with it.
  process.on('exit', () => program.child.kill('SIGKILL'))
  const addresses = (await program.hear('addresses')) as [string, string]
  const pids = (await program.hear('pids')) as number[]
  // Lanes, the owner, and who stands by.
  await until('one stands by', () => loads() === before + 4)
  return { program, addresses, pids }
}

describe('the supervisor', { skip: unlessNative }, () => {
  it(
    'killed with SIGKILL takes all lanes with it, blocked and stopped ones too, and frees the ports',
    { timeout },
    async () => {
      const { program, addresses, pids } = await started()
      const all = childrenOf(program.child.pid as number).flatMap((pid): Identity | [] => identify(pid) ?? [])
      await tell(addresses[1], 'hang')
      process.kill(pids[1] as number, 'SIGSTOP')
      program.child.kill('SIGKILL')
      await until('no lane lives', () => !all.some(lives))
      await program.ended
      const server = await serveFaulty({ listen: addresses })
      assert.match(await ask(addresses[0], 'free'), / free$/)
      assert.match(await ask(addresses[1], 'free'), / free$/)
      await server.close()
    },
  )

  it('stopped for three seconds kills no lane for it', { timeout }, async () => {
    const { program, addresses, pids } = await started()
    program.child.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    assert.match(await ask(addresses[1], 'meanwhile'), / meanwhile$/)
    program.child.kill('SIGCONT')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    program.child.stdin?.write('?')
    const status = (await program.hear('status')) as { lanes: { pid: number; state: string; restarts: number }[] }
    assert.deepEqual(
      status.lanes.map(({ pid, state, restarts }) => [pid, state, restarts]),
      [
        [pids[0], 'ready', 0],
        [pids[1], 'ready', 0],
      ],
    )
    assert.deepEqual([await program.hear('ended'), await program.hear('blocked')], [[], []])
    await program.stop()
  })

  it(
    'is the only one that obeys a SIGTERM to the whole group: calls in hand finish, those to the owner too',
    { timeout },
    async () => {
      const { program, addresses } = await started(true)
      const [one, other] = await Promise.all([clientOf(addresses[1]), clientOf(addresses[1])])
      await one.send('slow 3000')
      await other.send('call slow 3000')
      // Both have arrived once a later message of each lane is answered.
      for (let round = 0; round < 8; round++) await ask(addresses[1], 'x')
      for (const signal of ['SIGHUP', 'SIGINT', 'SIGUSR2'] as const)
        for (const pid of childrenOf(program.child.pid as number)) process.kill(pid, signal)
      process.kill(-(program.child.pid as number), 'SIGTERM')
      assert.equal(String(await one.receive()), 'slow')
      assert.equal(String(await other.receive()), 'slow')
      const report = (await program.hear('report')) as { finished: number; aborted: number }
      assert.deepEqual([report.finished, report.aborted], [2, 0])
      assert.deepEqual(await program.hear('ended'), [])
      assert.equal(await program.ended, 0)
      await Promise.all([one.close(), other.close()])
    },
  )
})
