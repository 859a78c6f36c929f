/** The owner in a process and in a thread of its own, behind the relay, for lanes of this thread and of others. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Pipe, Process, SharedMemory } from '#lanework/process/index.js'
import { LaneAccess } from '#lanework/server/owner/access.js'
import type { FromLane, FromOwner, ToLane } from '#lanework/server/owner/messages.js'
import { OwnerPlace } from '#lanework/server/owner/owner-place.js'
import { Relay } from '#lanework/server/owner/relay.js'
import { lookingLane, type Seen } from '../../fixtures/shared-services.ts'
import { unlessNative } from '../../support/sharing.ts'
import { descriptors, mappings } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

type Kind = 'thread' | 'process'
const module = new URL('../../fixtures/shared-services.js', import.meta.url)

function newPlace(kind: Kind, relay: Relay, name = ''): OwnerPlace {
  const onMessage = (message: FromOwner): void => relay.fromOwner(message)
  const place = new OwnerPlace({ kind, url: new URL(module.href + name), onMessage, process: { stderr: 'pipe' } })
  void place.died.then(() => relay.ownerEnded(place.failure))
  return place
}

async function begin(place: OwnerPlace, relay: Relay, run = 1): Promise<void> {
  await place.start()
  await place.begin(run)
  relay.ownerReady((message) => place.send(message))
}

/** A lane of this thread. */
function laneOf(relay: Relay, number = 0): LaneAccess {
  const access: LaneAccess = new LaneAccess({
    ask: (id, method, args) => relay.fromLane(number, ['call', id, method, args]),
    cancel: (id) => relay.fromLane(number, ['cancel', id]),
    got: () => relay.fromLane(number, ['got']),
  })
  relay.addLane(number, (message) => access.receive(message))
  return access
}

async function running(kind: Kind) {
  const relay = new Relay()
  const place = newPlace(kind, relay)
  await begin(place, relay)
  return { relay, place, access: laneOf(relay) }
}

for (const kind of ['process', 'thread'] as const)
  describe(`an owner in a ${kind}`, () => {
    it('does what is asked, for all lanes, and shows them what it published while it began', async () => {
      const { relay, place, access } = await running(kind)
      const other = laneOf(relay, 1)
      assert.equal(await access.call('add', 2), 2)
      assert.equal(await other.call('add', 3), 5)
      assert.deepEqual(
        [access, other].map(({ snapshot }) => String(Buffer.from(snapshot ?? []))),
        ['run 1', 'run 1'],
      )
      await place.close()
      assert.equal((await place.died).reason, 'normal')
    })

    it('takes huge and odd arguments, and gives errors as they were', async () => {
      const { place, access } = await running(kind)
      const odd = [
        undefined,
        null,
        -0,
        NaN,
        2n ** 70n,
        '\ud800',
        new Map([[1, new Set(['x'])]]),
        new Date(5),
        [[[]]],
        /x/g,
      ]
      assert.deepEqual(await access.call('echo', ...odd), odd)
      const [huge] = (await access.call('echo', new Uint8Array(20_000_000).fill(7))) as [Uint8Array]
      assert.deepEqual([huge.length, huge[19_999_999]], [20_000_000, 7])
      assert.equal(await access.call('count', ...Array.from({ length: 50_000 }, () => 'x')), 50_000)
      await assert.rejects(access.call('throwType'), { name: 'TypeError', message: 'no such thing' })
      await assert.rejects(access.call('giveFunction'), { code: 'NOT_SERIALIZABLE' })
      await assert.rejects(
        access.call('add', () => 1),
        { code: 'NOT_SERIALIZABLE' },
      )
      await assert.rejects(access.call('notAMethod'), { code: 'METHOD_UNKNOWN' })
      assert.equal(await access.call('add', 1), 1)
      await place.close()
    })

    it('answers others while a slow method runs', async () => {
      const { place, access } = await running(kind)
      let slowIsDone = false
      const slow = access.call('never').finally(() => (slowIsDone = true))
      slow.catch(() => {})
      for (let call = 1; call <= 20; call++) assert.equal(await access.call('add', 1), call)
      assert.equal(slowIsDone, false)
      await place.kill()
      await assert.rejects(slow, { code: 'PROCESS_DIED' })
    })

    it('dies of what nobody catches: calls in hand fail, those to come wait for the next', async () => {
      const { relay, place, access } = await running(kind)
      const inHand = [access.call('never'), access.call('die')]
      const failed = Promise.all(inHand.map((call) => assert.rejects(call, { code: 'PROCESS_DIED' })))
      assert.equal((await place.died).reason, 'error')
      await failed
      const waits = access.call('run')
      await assert.rejects(place.begin(2), { code: 'PROCESS_DIED' })
      const next = newPlace(kind, relay)
      await begin(next, relay, 2)
      assert.equal(await waits, 2)
      assert.equal(String(Buffer.from(access.snapshot ?? [])), 'run 2')
      await next.close()
    })

    it('ends and begins again in the same place, as a reload that fails needs', async () => {
      const { relay, place, access } = await running(kind)
      await access.call('add', 5)
      relay.ownerPaused()
      const waits = access.call('add', 1)
      await place.end()
      const next = newPlace(kind, relay, '#failing')
      await next.start()
      await assert.rejects(next.begin(2), { name: 'RangeError', message: 'shared() does not want to' })
      assert.equal(String(Buffer.from(access.snapshot ?? [])), 'run 1')
      await next.close()
      await place.begin(3)
      relay.ownerReady((message) => place.send(message))
      assert.equal(await waits, 1)
      assert.equal(await access.call('run'), 3)
      await assert.rejects(place.begin(4), { code: 'PROCESS_STATE' })
      await place.close()
    })

    it('tells what close throws, and a service that does not load', async () => {
      const relay = new Relay()
      const once = newPlace(kind, relay, '#once')
      await once.start()
      await once.begin(1)
      await assert.rejects(once.end(), { message: 'close fails' })
      await assert.rejects(once.begin(2), { message: 'only once' })
      await once.close()
      await assert.rejects(newPlace(kind, relay, '#none').start(), { code: 'SERVICE_INVALID' })
    })

    it(
      'publishes 1,000 times: the lane ends with the last, and nothing is left open',
      { skip: unlessNative },
      async () => {
        setFlagsFromString('--expose-gc')
        const { place, access } = await running(kind)
        const collect = runInNewContext('gc') as () => void
        await access.call('publish', 1, 70_000)
        const openInOwner = (): number => readdirSync(`/proc/${place.pid}/fd`).length
        const before = [descriptors().length, openInOwner()] as const
        let version = 0
        for (let round = 0; round < 10; round++) {
          await access.call('publish', 100, 70_000)
          await until('the last is here', () => access.snapshot?.[69_999] === 100)
          assert.ok(access.version > version)
          version = access.version
          await access.call('publish', 1, 70_000)
          await until('the next is here', () => access.snapshot?.[69_999] === 1)
        }
        await until('descriptors are as before', () => descriptors().length <= before[0] + 2)
        await until('those of the owner too', () => openInOwner() <= before[1] + 2)
        await until('mappings are few', () => {
          collect()
          return mappings() <= 8
        })
        await place.close()
      },
    )
  })

describe('an owner that is killed', () => {
  it('leaves no call without an end', async () => {
    const { relay, place, access } = await running('process')
    const calls = Array.from({ length: 200 }, (_, index) => access.call(index % 2 === 0 ? 'never' : 'add', 1))
    process.kill(place.pid, 'SIGKILL')
    const settled = Promise.allSettled(calls)
    const death = await place.died
    assert.equal(death.signal, 'SIGKILL')
    for (const end of await settled)
      if (end.status === 'rejected') assert.equal((end.reason as { code?: string }).code, 'PROCESS_DIED')
    assert.deepEqual([relay.inHand, access.waiting], [0, 0])
  })
})

describe('a snapshot of 50 MB', () => {
  it('is the same memory in two lanes, and one that comes later', { skip: unlessNative }, async () => {
    const { relay, place, access } = await running('process')
    relay.removeLane(0)
    const bytes = 50_000_000
    const look = async (number: number) => {
      const [ours, theirs] = Pipe<ToLane | FromLane>()
      const [heard, told] = Pipe<Seen>(false)
      const lane = await new Process(lookingLane, [theirs, told]).start()
      relay.addLane(number, (message) => void ours.send(message))
      void (async () => {
        for await (const message of ours) relay.fromLane(number, message as FromLane)
      })().catch(() => {})
      const next = async (): Promise<Seen> => {
        for (;;) {
          const seen = await heard.recv({ timeoutMs: 15_000 })
          if (seen[0] === bytes) return seen
        }
      }
      return { lane, next, end: () => ours.close() }
    }
    const lanes = [await look(1), await look(2)]
    // Without a snapshot of its own: handles that arrive twice in one thread are one handle.
    const control = new LaneAccess({ ask: (id, method, args) => relay.fromLane(9, ['call', id, method, args]) })
    relay.addLane(9, (message) => message[0] !== 'snapshot' && control.receive(message))
    await control.call('publish', 1, bytes)
    lanes.push(await look(3))
    const seen = await Promise.all(lanes.map((lane) => lane.next()))
    for (const [size, last, , inodes] of seen) assert.deepEqual([size, last, inodes.length], [bytes, 1, 1])
    assert.equal(new Set(seen.map(([, , , inodes]) => inodes[0])).size, 1)
    for (const lane of lanes) {
      lane.end()
      await lane.lane.join()
    }
    await place.close()
    assert.equal(access.version, 1)
  })
})

describe('shared memory that is released', () => {
  it('keeps its bytes, and gives up its descriptor', { skip: unlessNative }, () => {
    const before = descriptors().length
    const memory = SharedMemory.create(100)
    const view = new Uint8Array(memory.release())
    assert.equal(descriptors().length, before)
    view[99] = 7
    memory.close()
    assert.deepEqual([view.length, view[99], memory.closed], [100, 7, true])
    assert.throws(() => memory.release(), { code: 'CLOSED' })
  })
})
