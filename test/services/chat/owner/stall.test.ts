/** Lanes and disks that stall: who is given up and when, what is said meanwhile, and what the asker is told. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { startHub, type Bus, type Hub } from '#lanework/bus/index.js'
import { fail, systemClock } from '#lanework/core/index.js'
import type { PeerEnd } from '#lanework/server/index.js'
import { OwnerLink } from '#lanework/services/chat/lane/owner-link.js'
import { askSubject, fromBytes, pulseSubject, toBytes, type AskOwner } from '#lanework/services/chat/messages.js'
import { Gathering } from '#lanework/services/chat/owner/gathering.js'
import { LaneTable } from '#lanework/services/chat/owner/lane-table.js'
import { tellOfStore } from '#lanework/services/chat/owner/store-news.js'
import { memoryStore, type ChatStore } from '#lanework/services/chat/store/index.js'
import { freshControlPath } from '../../../support/control-path.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { gate, turns, until } from '../../../support/until.ts'
import { fromElsewhere, openHouse, slowStore } from './house.ts'

describe('a lane that does not answer', () => {
  it('is given up after two pulses in a row, and told so; at once where it has gone', async () => {
    const clock = new ManualClock()
    const told: string[] = []
    const ended: string[] = []
    const pulses: { subject: string; timeoutMs: number | undefined; settle: (error?: Error) => void }[] = []
    const bus = {
      publish: (subject: string) => void told.push(subject),
      request: (subject: string, payload: Uint8Array, { timeoutMs }: { timeoutMs?: number } = {}) =>
        new Promise<Uint8Array>((resolve, reject) => {
          const settle = (error?: Error): void => (error === undefined ? resolve(payload) : reject(error))
          pulses.push({ subject, timeoutMs, settle })
        }),
    } as unknown as Bus
    const lanes = new LaneTable(bus, clock, (_seat, _members, lane) => void ended.push(lane))
    const late = (): Error => fail('TIMED_OUT', { operation: 'request', timeoutMs: 5_000 } as never)
    lanes.came('slow', 0)
    for (const outcome of ['late', 'answer', 'late', 'late'] as const) {
      assert.deepEqual(ended, [])
      if (pulses.length === 0) clock.advance(1_000)
      const pulse = pulses.shift()
      assert.equal(pulse?.timeoutMs, 5_000)
      pulse?.settle(outcome === 'late' ? late() : undefined)
      await turns(2)
    }
    assert.deepEqual(ended, ['slow'])
    assert.deepEqual(told, ['chat.lane.slow'])
    assert.equal(lanes.knows('slow'), false)
    assert.equal(lanes.move('m', 'slow'), false, 'nobody is moved to it')
    assert.equal(lanes.laneOf('m'), undefined)
    lanes.came('dead', 0)
    clock.advance(1_000)
    pulses.shift()?.settle(fail('RESPONDER_LOST', { subject: pulseSubject('dead') }))
    await turns(2)
    assert.deepEqual(ended, ['slow', 'dead'])
    lanes.close()
  })

  it('says hello again when the owner does not know it any more, and its datagram members go on', async () => {
    await using house = await openHouse()
    const names: string[] = []
    house.bus().subscribe('chat.lane.*', (_payload, subject) => void names.push(subject.replace('chat.lane.', '')))
    const lane = await house.lane(0)
    const ann = await house.guest(lane, 'ann', { udpPort: 5_000 })
    const name = await until('the lane has a name', () => names[0])
    await house.bus().request(askSubject, toBytes({ kind: 'bye', lane: name }))
    const listed = await ann.desk.ask('join', { room: '#lobby' })
    assert.ok('ok' in listed, JSON.stringify(listed))
    assert.equal(ann.isClosed(), false)
    const bob = await house.guest(lane, 'bob', { udpPort: 5_001 })
    assert.ok('ok' in (await bob.desk.ask('say', { to: 'ann', kind: 'message', text: 'still there?' })))
    await until('ann hears it', () => ann.heard.some(({ hearing }) => hearing.event === 'said'))
    assert.equal(house.owner().status().members, 2)
  })
})

describe('a new owner', () => {
  it('decides nothing before all lanes of the one before have told who is in: nobody misses what is said, no nick is given twice', async () => {
    await using house = await openHouse()
    const [here, there] = [await house.lane(0), await house.lane(1)]
    const ann = await house.guest(here, 'ann', { udpPort: 5_000 })
    const bob = await house.guest(there, 'bob', { udpPort: 5_001 })
    for (const { desk } of [ann, bob]) assert.ok('ok' in (await desk.ask('join', { room: '#lobby' })))
    const tellThere = await house.restart(1)
    const said = ann.desk.ask('say', { to: '#lobby', kind: 'message', text: 'who is in?' })
    const third = await house.lane(0)
    const coming = house.guest(third, 'bob').catch((error: Error) => error.message)
    await until('ann is known', () => house.owner().status().members > 0)
    assert.equal(await Promise.race([said, coming, turns(50)]), undefined, 'both wait')
    tellThere()
    assert.ok('ok' in (await said))
    await until('bob hears it', () => bob.heard.some(({ hearing }) => hearing.event === 'said'))
    assert.equal(await coming, 'Somebody has that nick')
    assert.equal(house.owner().status().members, 2)
  })

  it('does not wait for a lane that has ended with the one before', async () => {
    const clock = new ManualClock()
    const gathering = new Gathering(clock, 2)
    gathering.told('a')
    gathering.told('a')
    let isWhole = false
    void gathering.whole?.then(() => (isWhole = true))
    clock.advance(4_999)
    await turns(1)
    assert.equal(isWhole, false)
    clock.advance(1)
    await turns(1)
    assert.equal(isWhole, true)
    assert.equal(gathering.whole, undefined)
    assert.equal(new Gathering(clock, 0).whole, undefined)
  })
})

describe('a disk that stalls', () => {
  it('loses no private messages to who enters meanwhile', async () => {
    const disk = gate()
    await using house = await openHouse({}, slowStore(disk.opened))
    const [here, there] = [await house.lane(0), await house.lane(1)]
    const ann = await house.guest(here, 'ann')
    const bob = await house.guest(here, 'bob')
    await ann.desk.ask('join', { room: '#lobby' })
    const said = [ann.desk.ask('say', { to: '#lobby', kind: 'message', text: 'waits for the disk' })]
    await until('it waits', () => house.owner().status().waiting === 1)
    const entering = house.guest(there, 'cat')
    await until('cat waits behind it', () => house.owner().status().waiting === 2)
    said.push(bob.desk.ask('say', { to: 'cat', kind: 'message', text: 'psst' }))
    await until('so does what cat is told', () => house.owner().status().waiting === 3)
    disk.open()
    for (const answer of await Promise.all(said)) assert.ok('ok' in answer, JSON.stringify(answer))
    const cat = await entering
    await until('cat hears it', () => cat.heard.some(({ hearing }) => hearing.event === 'said'))
  })

  it('ends the former connection of a stay that moves on, and not the new one', async () => {
    const disk = gate()
    await using house = await openHouse({}, slowStore(disk.opened))
    const [here, there] = [await house.lane(0), await house.lane(1)]
    const ann = await house.guest(here, 'ann')
    await ann.desk.ask('join', { room: '#lobby' })
    const said = ann.desk.ask('say', { to: '#lobby', kind: 'message', text: 'waits for the disk' })
    await until('it waits', () => house.owner().status().waiting === 1)
    const coming = house.guest(there, 'ann', { resume: ann.secret })
    await until('she waits behind it', () => house.owner().status().waiting === 2)
    // Her former connection breaks only now.
    here.closed(ann.desk.peer, { kind: 'closed' } as PeerEnd)
    disk.open()
    await said
    const again = await coming
    assert.ok('ok' in (await again.desk.ask('say', { to: '#lobby', kind: 'message', text: 'here again' })))
    assert.equal(again.isClosed(), false)
    assert.ok(!again.heard.some(({ hearing }) => hearing.event === 'ended' || hearing.event === 'quit'))
    assert.equal(house.owner().status().members, 1)
  })
})

describe('a disk that refuses', () => {
  it('refuses changes of rooms only until the next room changes', async () => {
    const store = memoryStore({})
    const putRoom = store.putRoom.bind(store)
    let isFull = true
    const refuse = (): Promise<void> => Promise.reject(new Error('disk full'))
    Object.assign(store, { putRoom: (room: never) => (isFull ? refuse() : putRoom(room)) })
    await using house = await openHouse({}, store)
    const ann = await house.guest(await house.lane(0), 'ann')
    await ann.desk.ask('join', { room: '#tea' })
    await ann.desk.ask('topic', { room: '#tea', topic: 'kept?' })
    await until('it is counted', () => house.owner().status().unsavedRooms > 0)
    isFull = false
    await ann.desk.ask('join', { room: '#other' })
    await until('it is written', () => JSON.stringify(store.rooms()).includes('kept?'))
    assert.equal(house.owner().status().unsavedRooms, 0)
  })

  it('is told of on stderr, once in a while', async () => {
    const clock = new ManualClock()
    const heard: ((event: { error: Error }) => void)[] = []
    const on = (name: string, listener: (event: never) => void): unknown =>
      name === 'failed' && heard.push(listener as never)
    tellOfStore({ on } as unknown as ChatStore, clock)
    const warnings: string[] = []
    const keep = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', keep)
    for (const text of ['first', 'second']) heard[0]?.({ error: new Error(text) })
    clock.advance(10_000)
    heard[0]?.({ error: new Error('third') })
    await until('they are told', () => warnings.length === 2)
    process.off('warning', keep)
    assert.match(warnings.join(), /first.*third/s)
  })
})

/** A lane's way to an owner, and what it hears by it. */
async function listenerAt(owner: Hub): Promise<{ readonly link: OwnerLink; readonly heard: readonly string[] }> {
  const heard: string[] = []
  const link = new OwnerLink(systemClock, {
    connected: async () => {
      await link.subscribe('said', (payload) => heard.push(Buffer.from(payload).toString()))?.ready
    },
    lost: () => {},
  })
  after(() => link.close())
  await link.follow({ path: fromElsewhere(owner.path), proofKey: '' })
  return { link, heard }
}

describe('the way to the owner', () => {
  it('gives all that an owner said before it ended, though the next one is there already', async () => {
    await using former = await startHub()
    await using next = await startHub()
    const { link, heard } = await listenerAt(former)
    for (const word of ['my', 'last', 'words']) former.bus.publish('said', Buffer.from(word))
    const ending = former.close()
    await link.follow({ path: fromElsewhere(next.path), proofKey: '' })
    assert.deepEqual(heard, ['my', 'last', 'words'])
    await ending
    next.bus.publish('said', Buffer.from('hello'))
    await until('it hears the next one', () => heard.length === 4)
  })

  it('loses nothing of that where it stands still in the midst', async () => {
    await using former = await startHub()
    await using next = await startHub()
    const { link, heard } = await listenerAt(former)
    for (const word of ['my', 'last', 'words']) former.bus.publish('said', Buffer.from(word))
    const following = link.follow({ path: fromElsewhere(next.path), proofKey: '' })
    for (let step = 0; step < 10; step++) await undefined
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
    const ending = former.close()
    await following
    assert.deepEqual(heard, ['my', 'last', 'words'])
    await ending
  })

  it('is tried again where an owner does not answer at once, until there is another', async () => {
    const [late, never] = [freshControlPath(), freshControlPath()]
    const seen: string[] = []
    const link = new OwnerLink(systemClock, {
      connected: async () => void seen.push('known'),
      lost: () => {},
    })
    const following = link.follow({ path: late, proofKey: '' })
    assert.equal(await Promise.race([following, turns(50)]), undefined)
    await using hub = await startHub({ path: late })
    await following
    assert.deepEqual(seen, ['known'])
    hub.bus.respond(askSubject, () => toBytes({ ok: {} }))
    assert.deepEqual(await link.ask({ kind: 'retire', lane: 'a' }), { ok: {} })
    const lost = link.follow({ path: never, proofKey: '' })
    await turns(50)
    await link.follow({ path: late, proofKey: '' })
    await lost
    assert.deepEqual(seen, ['known', 'known'])
    const last = link.follow({ path: never, proofKey: '' })
    await turns(50)
    await link.close()
    await last
  })

  it('is up once a hello got through, and says of what has no answer whether it may be done', async () => {
    await using hub = await startHub()
    let hellos = 0
    const link = new OwnerLink(systemClock, {
      connected: async () => {
        hellos += 1
        if (hellos < 3) throw fail('QUEUE_FULL', { queue: 'requests', limit: 1 })
      },
      lost: () => {},
    })
    const errors = [
      fail('TIMED_OUT', { operation: 'request', timeoutMs: 10_000 } as never),
      fail('QUEUE_FULL', { queue: 'requests', limit: 1 }),
    ]
    const asked: string[] = []
    hub.bus.respond(askSubject, (payload) => {
      asked.push(fromBytes<AskOwner>(payload).kind)
      if (asked.length === 3) return toBytes({ isUnknown: true })
      const error = errors.shift()
      if (error !== undefined) throw error
      return toBytes({ ok: {} })
    })
    await link.follow({ path: hub.path, proofKey: '' })
    assert.equal(hellos, 3)
    const ask = { kind: 'retire', lane: 'a' } as const
    assert.deepEqual(await link.ask(ask), { unanswered: 'may-be-done' })
    assert.deepEqual(await link.ask(ask), { unanswered: 'not-done' })
    assert.deepEqual(await link.ask(ask), { ok: {} }, 'unknown, so it says hello and asks again')
    assert.equal(hellos, 4)
    assert.equal(asked.length, 4)
    await link.close()
  })
})
