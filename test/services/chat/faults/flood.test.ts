import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../../support/until.ts'
import { ircMember, lineMember, numbersOf, pageMember, udpMember, upTo, type Member } from './members.ts'
import { serveInline } from './served.ts'

const allowed = 5
const floods = 300

describe('members that flood a room', () => {
  it('are refused and told beyond their limit, and everybody else is heard by all', async () => {
    const limits = { peer: { messages: allowed, seconds: 60 }, address: 'none', room: 'none', action: 'drop' } as const
    const served = await serveInline({ limits })
    const speakers = [
      await udpMember(served.udp, 'una'),
      await lineMember(served.tcp, 'tom'),
      await pageMember(served.ws, 'wanda'),
    ]
    const flooders: [string, Member][] = [
      ['fred', await udpMember(served.udp, 'fred')],
      ['flo', await lineMember(served.tcp, 'flo')],
    ]
    const irc = await ircMember(served.irc, 'fritz')
    const listener = await ircMember(served.irc, 'lisa')
    for (let turn = 0; turn < floods; turn++) {
      for (const [name, member] of flooders) member.send(`${name} ${turn}`)
      irc.send(`PRIVMSG #lobby :fritz ${turn}`)
      // In the midst of the floods.
      if (turn % 100 === 50) speakers.forEach((member, index) => member.send(`speaker${index} ${(turn - 50) / 100}`))
    }
    const own = [0, 1, 2]
    for (const index of upTo(speakers.length)) {
      await until(
        `all has been heard of speaker ${index}`,
        () => numbersOf(listener, `speaker${index}`).length >= own.length,
      )
      assert.deepEqual(numbersOf(listener, `speaker${index}`), own)
      for (const [other, member] of speakers.entries()) {
        // Of their own words only datagrams and pages are told.
        if (other === index && index === 1) continue
        await until('the others have heard it', () => numbersOf(member, `speaker${index}`).length >= own.length)
        assert.deepEqual(numbersOf(member, `speaker${index}`), own)
      }
    }
    // Beyond their limit of a minute nothing was said; what was said is what they sent first.
    for (const name of ['fred', 'flo', 'fritz']) {
      await until(`${name} was heard`, () => numbersOf(listener, name).length >= allowed)
      assert.deepEqual(numbersOf(listener, name), upTo(allowed))
    }
    for (const [, member] of flooders) await member.hears(/^-- you send too much too fast.*again in \d+ s/)
    await irc.hears(/^:\S+ 263 fritz PRIVMSG :/)
  })

  it('are put out where the limit says so, and the others see why they left', async () => {
    const limits = { peer: { messages: 3, seconds: 60 }, address: 'none', room: 'none', action: 'disconnect' } as const
    const served = await serveInline({ limits })
    const listener = await lineMember(served.tcp, 'lisa')
    const flooder = await lineMember(served.tcp, 'flo')
    for (let turn = 0; turn < 50; turn++) flooder.send(`flo ${turn}`)
    await until('the flooder is cut off', () => !flooder.isOpen)
    await listener.hears(/^-- flo has gone \(/)
    assert.deepEqual(numbersOf(listener, 'flo'), upTo(3))
  })
})
