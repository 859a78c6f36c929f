/** A lane whose connection to the owner's bus breaks and comes back: what was decided meanwhile it has not heard. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { chatCounters } from '#lanework/services/chat/lane/counters.js'
import { toBytes } from '#lanework/services/chat/messages.js'
import { gate, until } from '../../../support/until.ts'
import { openHouse, slowStore, type Guest, type House } from './house.ts'

/** More for one lane, in one turn, than the hub keeps for who does not read. */
function cutOff(house: House, name: string): void {
  const long = toBytes({ kind: 'letGo', member: 'x'.repeat(500_000) })
  for (let sent = 0; sent < 32_000_000; sent += long.length) house.bus().publish(`chat.lane.${name}`, long)
}

async function members(): Promise<{ house: House; there: string; ann: Guest; bob: Guest; cut: () => void }> {
  const house = await openHouse()
  const names = new Set<string>()
  house.bus().subscribe('chat.lane.*', (_payload, subject) => void names.add(subject.replace('chat.lane.', '')))
  const ann = await house.guest(await house.lane(0), 'ann')
  const bob = await house.guest(await house.lane(1, { elsewhere: true }), 'bob')
  const there = await until('the lane has a name', () => [...names].find((name) => name.startsWith('1-')))
  for (const room of ['#tea', '#cake']) {
    for (const { desk } of [ann, bob]) assert.ok('ok' in (await desk.ask('join', { room })))
  }
  return { house, there, ann, bob, cut: () => cutOff(house, there) }
}

const heard = ({ heard: all }: Guest, event: string, text?: string): boolean =>
  all.some(({ hearing }) => hearing.event === event && (text === undefined || JSON.stringify(hearing).includes(text)))

describe('a lane that could not be heard for a moment', () => {
  it('tells nobody any more what is said where he was put out meanwhile', async () => {
    const { house, ann, bob, cut } = await members()
    await using _ = house
    cut()
    const kicked = await ann.desk.ask('kick', { room: '#tea', nick: 'bob' })
    assert.ok('ok' in kicked, JSON.stringify(kicked))
    assert.equal(heard(bob, 'kicked'), false, 'his lane has not heard it')
    await until('his lane is back', async () => 'ok' in (await bob.desk.ask('names', { room: '#cake' })))
    assert.equal(house.hub().status().slowCut, 1)
    assert.deepEqual([...bob.desk.rooms.values()], ['#cake'])
    assert.ok(heard(bob, 'parted', '#tea'), 'he is told')
    await ann.desk.ask('say', { to: '#tea', kind: 'message', text: 'he must not hear this' })
    await ann.desk.ask('say', { to: '#cake', kind: 'message', text: 'this he hears' })
    await until('he hears', () => heard(bob, 'said', 'this he hears'))
    assert.equal(heard(bob, 'said', 'he must not'), false)
  })
})

describe('who is let in when his lane was cut off', () => {
  it('is not in for ever, with nobody there', async () => {
    const disk = gate()
    await using house = await openHouse({}, slowStore(disk.opened))
    const names: string[] = []
    house.bus().subscribe('chat.lane.*', (_payload, subject) => void names.push(subject.replace('chat.lane.', '')))
    const ann = await house.guest(await house.lane(0), 'ann')
    const there = await house.lane(1, { elsewhere: true })
    const bob = await house.guest(there, 'bob')
    const name = await until('the lane has a name', () => names.find((each) => each.startsWith('1-')))
    await ann.desk.ask('join', { room: '#tea' })
    const said = ann.desk.ask('say', { to: '#tea', kind: 'message', text: 'waits for the disk' })
    await until('it waits', () => house.owner().status().waiting === 1)
    const entering = house.guest(there, 'cat').catch((error: Error) => error.message)
    await until('cat waits behind it', () => house.owner().status().waiting === 2)
    cutOff(house, name)
    assert.match(String(await entering), /No answer came in time/)
    const ask = { afterMs: 0, beforeMs: 2_000_000_000_000, limit: 1 }
    await until('the lane is back', async () => 'ok' in (await bob.desk.ask('targets', ask)))
    disk.open()
    await said
    await until('she has gone', () => house.owner().status().members === 2)
    const again = await house.guest(there, 'cat')
    assert.equal(again.desk.me?.nick, 'cat')
  })
})

describe('a lane that goes on with members of another', () => {
  it('has them where they are by then', async () => {
    await using house = await openHouse()
    const [first, other] = [await house.lane(0), await house.lane(1)]
    const ann = await house.guest(other, 'ann')
    const bob = await house.guest(first, 'bob', { udpPort: 5_000 })
    for (const room of ['#tea', '#cake']) {
      for (const { desk } of [ann, bob]) assert.ok('ok' in (await desk.ask('join', { room })))
    }
    let isListening = false
    const next = await house.lane(0, { listens: () => isListening })
    await first.stop()
    assert.ok('ok' in (await ann.desk.ask('kick', { room: '#tea', nick: 'bob' })))
    isListening = true
    await until('he is its own', () => next.info.counters[chatCounters.indexOf('resumed')] === 1)
    await ann.desk.ask('say', { to: '#tea', kind: 'message', text: 'he must not hear this' })
    await ann.desk.ask('say', { to: '#cake', kind: 'message', text: 'this he hears' })
    await until('he hears', () => house.saidTo(5_000).includes('this he hears'))
    assert.deepEqual(house.saidTo(5_000), ['this he hears'])
  })
})
