import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { killed, pidOf } from '../../../support/lanes.ts'
import { unlessNative } from '../../../support/sharing.ts'
import { until } from '../../../support/until.ts'
import { lineMember, numbersOf, udpMember, upTo, type Member } from './members.ts'
import { laneOf, ready, serveLanes, type Served } from './served.ts'

interface Seated {
  readonly nick: string
  readonly member: Member
  readonly lane: number
}

async function seated(served: Served, nick: string, member: Member): Promise<Seated> {
  const from = member.lines.length
  const lane = await laneOf(served, async () => {
    member.send('/echo')
    await member.hears(/^-- you are (not )?sent what you say/, from)
  })
  return { nick, member, lane }
}

/** Says one number after the other, each when it has been heard, until it is stopped. */
function talking(speaker: Member, listener: Member): { readonly count: () => number; stop(): Promise<number> } {
  let count = 0
  const state = { isStopped: false }
  const done = (async () => {
    for (; !state.isStopped; count++) {
      speaker.send(`talk ${count}`)
      await until(`${count} is heard`, () => numbersOf(listener, 'talk').length > count, 30_000)
    }
  })()
  return {
    count: () => count,
    stop: async () => {
      state.isStopped = true
      await done
      return count
    },
  }
}

describe('a lane killed in the midst of a fan-out', { skip: unlessNative }, () => {
  it('costs members of other lanes nothing, its UDP members go on, and its TCP members come back', async () => {
    const served = await serveLanes({})
    const streams: Seated[] = []
    for (const index of upTo(6)) {
      streams.push(await seated(served, `tom${index}`, await lineMember(served.tcp, `tom${index}`)))
    }
    const datagrams: Seated[] = []
    for (const index of upTo(16)) {
      datagrams.push(await seated(served, `una${index}`, await udpMember(served.udp, `una${index}`)))
    }
    const dying = 0
    const victims = streams.filter(({ lane }) => lane === dying)
    const [speaker, listener, ...survivors] = streams.filter(({ lane }) => lane !== dying)
    const orphans = datagrams.filter(({ lane }) => lane === dying)
    const others = datagrams.filter(({ lane }) => lane !== dying)
    assert.ok(speaker !== undefined && listener !== undefined && victims.length > 0)
    assert.ok(orphans.length > 0 && others.length > 0, 'both lanes have UDP members')
    const talk = talking(speaker.member, listener.member)
    await until('talk is under way', () => talk.count() >= 20)
    await killed(pidOf(served.server, dying))
    await until('another lane is there', () => served.server.status().lanes[dying]?.restarts === 1)
    await ready(served)
    for (const { nick } of victims) await listener.member.hears(new RegExp(`^-- ${nick} has gone \\(`))
    const since = talk.count()
    // Without having sent anything, they hear what is said now.
    await until('the orphans hear again', () => {
      return orphans.every(({ member }) => (numbersOf(member, 'talk').at(-1) ?? -1) >= since)
    })
    const count = await talk.stop()
    const toldAll = [listener, ...survivors, ...others]
    for (const { member, nick } of toldAll) {
      await until(`${nick} has heard all`, () => numbersOf(member, 'talk').length >= count)
      assert.deepEqual(numbersOf(member, 'talk'), upTo(count), nick)
      for (const victim of victims) {
        await member.hears(new RegExp(`^-- ${victim.nick} has gone \\(`))
        const gone = member.lines.filter((line) => line.startsWith(`-- ${victim.nick} has gone (`))
        assert.equal(gone.length, 1, `${nick} sees ${victim.nick} leave once`)
      }
      for (const orphan of orphans)
        assert.ok(!member.lines.some((line) => line.startsWith(`-- ${orphan.nick} has gone`)))
    }
    for (const { member, nick } of orphans) {
      const heard = numbersOf(member, 'talk')
      assert.deepEqual(
        heard,
        [...new Set(heard)].toSorted((one, other) => one - other),
        `${nick}: once, and in order`,
      )
      await until(`${nick} hears the last`, () => numbersOf(member, 'talk').at(-1) === count - 1)
    }
    // They speak under their own names, and are heard.
    const from = listener.member.lines.length
    for (const { member, nick } of orphans) member.send(`here is ${nick}`)
    for (const { nick } of orphans) await listener.member.hears(new RegExp(`^<${nick}> here is ${nick}$`), from)
    for (const { member, nick } of victims) {
      await until(`${nick} is cut off`, () => !member.isOpen)
      const again = await lineMember(served.tcp, nick)
      again.send(`back is ${nick}`)
      await listener.member.hears(new RegExp(`^<${nick}> back is ${nick}$`), from)
    }
  })
})
