import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unlessNative } from '../../../support/sharing.ts'
import { until } from '../../../support/until.ts'
import { lineMember, numbersOf, udpMember, upTo, type Member } from './members.ts'
import { ready, serveLanes } from './served.ts'

/** A lane that must share its core with much else starts slowly, which is not what fails here. */
const patient = { supervision: { readyMs: 30_000 } }

describe('a reload under talk', { skip: unlessNative }, () => {
  it('costs UDP members nothing that was acknowledged, and TCP members of the old lanes are told', async () => {
    const served = await serveLanes({}, patient)
    const members: Member[] = []
    for (const index of upTo(8)) members.push(await udpMember(served.udp, `una${index}`))
    const streams = [await lineMember(served.tcp, 'tom'), await lineMember(served.tcp, 'tim')]
    const [speaker, ...listeners] = members as [Member, ...Member[]]
    const acknowledged: number[] = []
    let next = 0
    /** Each is said again under another number where its echo does not come: that one was not acknowledged. */
    const talk = async (): Promise<void> => {
      const number = next++
      speaker.send(`talk ${number}`)
      const echo = (): boolean => numbersOf(speaker, 'talk').includes(number)
      await until('it comes back', echo, 3_000).then(
        () => acknowledged.push(number),
        () => {},
      )
    }
    for (let turn = 0; turn < 20; turn++) await talk()
    const reload = { isDone: false }
    const reloading = served.server.reload().then(() => (reload.isDone = true))
    while (!reload.isDone) await talk()
    await reloading
    await ready(served)
    for (let turn = 0; turn < 20; turn++) await talk()
    assert.ok(acknowledged.length >= 40)
    const last = acknowledged.at(-1)
    for (const [index, member] of listeners.entries()) {
      await until(`listener ${index} hears the last`, () => numbersOf(member, 'talk').at(-1) === last)
      const heard = numbersOf(member, 'talk')
      const known = new Set(heard)
      assert.deepEqual(
        acknowledged.filter((number) => !known.has(number)),
        [],
        `listener ${index} misses nothing`,
      )
      assert.equal(known.size, heard.length, 'nothing comes twice')
    }
    for (const member of streams) {
      await member.hears(/^-- goodbye \(Server restarts\)/)
      await until('its connection ends', () => !member.isOpen)
    }
    const again = await lineMember(served.tcp, 'tom')
    again.send('back')
    await listeners[0]?.hears(/^<tom> back$/)
  })

  it('leaves UDP members in the rooms where they speak', async () => {
    const served = await serveLanes({}, patient)
    const [una, ute] = [await udpMember(served.udp, 'una'), await udpMember(served.udp, 'ute')]
    for (const member of [una, ute]) {
      member.send('/join #cellar')
      await member.hears(/you speak in #cellar|#cellar/)
    }
    una.send('/join #attic')
    await una.hears(/#attic/)
    una.send('/room #cellar')
    await una.hears(/you speak in #cellar/)
    una.send('before')
    const before = await ute.hears(/before$/)
    await served.server.reload()
    await ready(served)
    await until('it is heard, as before', async () => {
      una.send('after')
      return ute.hears(/after$/).then((after) => after.replace('after', 'before') === before)
    })
  })

  it('costs no datagram: what is said in bursts all the while is heard by everybody once, or its speaker is told', async () => {
    const served = await serveLanes({}, patient)
    const members: Member[] = []
    for (const index of upTo(4)) members.push(await udpMember(served.udp, `una${index}`))
    const reload = { isDone: false }
    /** Bursts of one member, each once the last has come back or was refused; gives how many it said. */
    const talk = async (speaker: Member, index: number): Promise<number> => {
      let said = 0
      const settled = (): number => new Set(numbersOf(speaker, `talk${index}`)).size + refusalsOf(speaker)
      for (let turn = 0; turn < 10 || !reload.isDone; turn++) {
        for (const _ of upTo(8)) speaker.send(`talk${index} ${said++}`)
        await until(`member ${index} hears of all that it said`, () => settled() >= said)
      }
      return said
    }
    const talking = Promise.all(members.map((member, index) => talk(member, index)))
    const reloading = served.server.reload().finally(() => (reload.isDone = true))
    const [said] = await Promise.all([talking, reloading])
    for (const [index, count] of said.entries()) {
      const speaker = members[index] as Member
      const heard = numbersOf(speaker, `talk${index}`)
      assert.ok(heard.length + refusalsOf(speaker) >= count)
      for (const member of members) {
        await until(`all hear member ${index}`, () => numbersOf(member, `talk${index}`).length >= heard.length)
        assert.deepEqual(numbersOf(member, `talk${index}`).toSorted(byNumber), heard.toSorted(byNumber))
      }
    }
  })
})

/** How often a member was told that what it said may not have arrived. */
function refusalsOf({ lines }: Member): number {
  return lines.filter((line) => /^-- (no answer came|the rooms cannot be reached)/i.test(line)).length
}

function byNumber(one: number, other: number): number {
  return one - other
}
