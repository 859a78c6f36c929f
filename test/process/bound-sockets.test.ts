/** Sockets that a supervisor binds, served by processes and threads, which may die. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { bindSockets, connect, handOver, udp, type Address, type BoundListener } from '#lanework/io/index.js'
import { Pipe, Process, type Connection } from '#lanework/process/index.js'
import { serveLane } from '../fixtures/bound-lanes.js'
import { unless } from '../support/capability.ts'
import { descriptors, stateOf } from '../support/processes.ts'
import { until } from '../support/until.ts'

const udpLoopback: Address = { scheme: 'udp', host: '127.0.0.1', port: 0 }
const tcpLoopback: Address = { scheme: 'tcp', host: '127.0.0.1', port: 0 }
const patience = { timeoutMs: 20_000 }
type StartMethod = 'spawn' | 'thread'

interface Lane {
  readonly child: { readonly pid: number; join(): Promise<unknown>; kill(): unknown }
  readonly life: Connection<string>
}

async function startLane(startMethod: StartMethod, listeners: readonly BoundListener[], slot: number): Promise<Lane> {
  const [ours, theirs] = Pipe<string>()
  const sockets = listeners.map((listener) => listener.sockets[slot] as BoundListener['sockets'][number])
  const child = await new Process(serveLane, [sockets, theirs], { startMethod }).start()
  assert.equal(await ours.recv(), 'ready')
  return { child, life: ours }
}

async function stopLane({ child, life }: Lane): Promise<void> {
  life.close()
  await child.join()
}

for (const startMethod of ['spawn', 'thread'] as const) {
  describe(`sockets bound for lanes by ${startMethod}`, { skip: unless('lanes') }, () => {
    it('are served there: UDP by source, TCP shared, and connections that are handed over', async () => {
      const listeners = await Promise.all([
        bindSockets(udpLoopback, { spread: 'source', sockets: 2 }),
        bindSockets(tcpLoopback, { spread: 'shared', sockets: 2 }),
        bindSockets(tcpLoopback, { spread: 'least-connections', sockets: 2 }),
      ])
      const [datagrams, shared, handed] = listeners
      const lanes = await Promise.all([0, 1].map((slot) => startLane(startMethod, listeners, slot)))
      let next = 0
      handOver(handed, () => next++ % 2)
      const answers = new Set<string>()
      for (let count = 0; count < 40; count++) {
        const client = await udp().bind('udp://127.0.0.1:0')
        await client.sendTo('hello', datagrams.address)
        const [who = '', what] = String(await client.recv(100, patience)).split(' ')
        assert.equal(what, 'hello')
        answers.add(who)
        await client.close()
      }
      assert.equal(answers.size, 2, 'both lanes answered')
      const seen = new Set<string>()
      for (const [index, { address }] of [shared, handed, handed].entries()) {
        const client = await connect(address)
        await client.send('hello')
        const [who = '', what] = String(await client.recv()).split(' ')
        assert.equal(what, 'hello')
        assert.ok(answers.has(who))
        if (index > 0) seen.add(who)
        await client.close()
      }
      assert.equal(seen.size, 2, 'handed over in turns')
      await Promise.all(lanes.map(stopLane))
      await Promise.all(listeners.map((listener) => listener.close()))
    })

    it('leave no descriptor behind in the supervisor', async () => {
      const once = async (): Promise<void> => {
        const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 2 })
        const lanes = await Promise.all([0, 1].map((slot) => startLane(startMethod, [bound], slot)))
        await Promise.all(lanes.map(stopLane))
        await bound.close()
      }
      await once() // what is opened once and kept
      const sockets = (): number => descriptors().filter((what) => what.startsWith('socket:')).length
      const before = sockets()
      for (let count = 0; count < 3; count++) await once()
      await until('all are closed', () => sockets() <= before)
    })
  })
}

describe('a thread that is terminated as it serves', { skip: unless('lanes') }, () => {
  it('closes what it had, and nothing of its supervisor', async () => {
    const listeners = await Promise.all([
      bindSockets(udpLoopback, { spread: 'source', sockets: 1 }),
      bindSockets(tcpLoopback, { spread: 'shared', sockets: 2 }),
      bindSockets(tcpLoopback, { spread: 'least-connections', sockets: 1 }),
    ])
    const sockets = (): number => descriptors().filter((what) => what.startsWith('socket:')).length
    const kill = async (): Promise<void> => {
      const { child, life } = await startLane('thread', listeners, 0)
      child.kill()
      await child.join()
      life.close()
    }
    await kill() // what is opened once and kept
    const before = sockets()
    for (let count = 0; count < 3; count++) await kill()
    await until('all are closed', () => sockets() <= before)
    const [, shared] = listeners
    const client = await connect(shared.address)
    const successor = await startLane('thread', listeners, 0)
    await client.send('hello')
    assert.match(String(await client.recv()), / hello$/)
    await Promise.all([client.close(), stopLane(successor)])
    await Promise.all(listeners.map((listener) => listener.close()))
  })
})

/** How often a process's main thread has gone to sleep. */
function sleeps(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1])
}

describe('lanes that accept on a shared socket', { skip: unless('lanes') }, () => {
  it('are woken one at a time: the others sleep on', async () => {
    const bound = await bindSockets(tcpLoopback, { spread: 'shared', sockets: 4 })
    const lanes = await Promise.all([0, 1, 2, 3].map((slot) => startLane('spawn', [bound], slot)))
    const total = (): number => lanes.reduce((sum, { child }) => sum + sleeps(child.pid), 0)
    const areAsleep = (): boolean => lanes.every(({ child }) => stateOf(child.pid) === 'S')
    const connections = 300
    await until('all have gone to sleep', areAsleep)
    const before = total()
    for (let count = 0; count < connections; count++) {
      const client = await connect(bound.address)
      client.reset()
      // The next one comes when all sleep again.
      await until('they sleep', areAsleep)
    }
    const woken = total() - before
    // Were all woken for each, that alone made 1,200; one lane each makes 300, and its connection's end as many at most.
    assert.ok(woken >= connections / 2 && woken < connections * 3, `${woken} times`)
    await Promise.all(lanes.map(stopLane))
    await bound.close()
  })
})

describe('a lane that is killed', { skip: unless('lanes') }, () => {
  it('loses neither the datagrams nor the connections that came after it', async () => {
    const listeners = await Promise.all([
      bindSockets(udpLoopback, { spread: 'source', sockets: 1 }),
      bindSockets(tcpLoopback, { spread: 'source', sockets: 1 }),
      bindSockets(tcpLoopback, { spread: 'least-connections', sockets: 1 }),
    ])
    const [datagrams, streams, handed] = listeners
    const dispatcher = handOver(handed, () => 0)
    const first = await startLane('spawn', listeners, 0)
    await first.life.send('die')
    await first.child.join()
    const client = await udp().bind('udp://127.0.0.1:0')
    for (let count = 0; count < 20; count++) await client.sendTo(`m${count}`, datagrams.address)
    const waiting = [await connect(streams.address), await connect(handed.address)]
    for (const stream of waiting) await stream.send('hello')
    await until('it is in the pair', () => dispatcher.handedOver === 1)
    const second = await startLane('spawn', listeners, 0)
    const answers = new Set<string>()
    while (answers.size < 20) answers.add(String(await client.recv(100, patience)).split(' ')[1] as string)
    for (const stream of waiting) assert.match(String(await stream.recv()), / hello$/)
    await Promise.all([client.close(), ...waiting.map((stream) => stream.close()), stopLane(second)])
    first.life.close()
    await Promise.all(listeners.map((listener) => listener.close()))
  })
})
