/** Rooms kept in memory alone, whose owner is killed or changed by a reload: what was decided in them stays. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { killed, ownerPid } from '../../../support/lanes.ts'
import { unlessNative } from '../../../support/sharing.ts'
import { until } from '../../../support/until.ts'
import { ircMember, udpMember, type Member } from './members.ts'
import { ready, serveLanes, type Served } from './served.ts'

/** The answers to what a member says, up to that to the last; none of them has come before. */
async function answered(member: Member, text: string, last: RegExp): Promise<string[]> {
  const from = member.lines.length
  member.send(text)
  await member.hears(last, from)
  return member.lines.slice(from).filter((line) => !line.startsWith('-- the rooms are back'))
}

/** What an operator of a room sees of what was decided in it. */
async function decided(member: Member): Promise<string[]> {
  const found: string[] = []
  await answered(member, '/room #den', /#den/)
  for (const [text, last] of [
    ['/mode #den', /^-- #den: .*made/],
    ['/topic #den', /topic/],
    ['/ban', /evil/],
  ] as const)
    found.push(...(await answered(member, text, last)))
  return found
}

async function makeDen(served: Served): Promise<Member> {
  const una = await udpMember(served.udp, 'una')
  await answered(una, '/join #den', /#den/)
  for (const [text, last] of [
    ['/mode #den +ik sesame', /\+.*key/],
    ['/topic our topic', /our topic/],
    ['/ban *!*@evil.example', /evil\.example/],
    ['/register una secret99', /una/],
    ['before', /<una> before/],
  ] as const)
    await answered(una, text, last)
  return una
}

/** Whoever comes now finds the door shut; the operator opens it for one, who may log in. */
async function checkDoor(served: Served, una: Member, stranger: string): Promise<void> {
  const other = await ircMember(served.irc, stranger)
  assert.match((await answered(other, 'JOIN #den', / (473|475|366) /)).join('\n'), / 473 /)
  assert.match((await answered(other, 'WHOIS una', / 318 /)).join('\n'), / 330 \S+ una una /)
  other.close()
  assert.match((await answered(una, '/invite nobody', /nobody/)).join('\n'), /no one|nobody/i)
}

describe('rooms in memory whose owner changes', { skip: unlessNative }, () => {
  for (const history of ['memory', 'none'] as const)
    it(`history ${history}: a killed owner leaves modes, bans, topics, hosts and accounts to the next`, async () => {
      const served = await serveLanes({ history, register: true })
      const una = await makeDen(served)
      const before = await decided(una)
      const host = await answered(una, '/whois una', /@/)
      const first = ownerPid(served.server)
      await killed(first)
      await until('another owner is there', () => {
        const { shared } = served.server.status()
        return shared?.pid !== first && shared?.state === 'ready'
      })
      assert.deepEqual(await decided(una), before)
      assert.deepEqual((await answered(una, '/whois una', /@/))[0], host[0])
      await checkDoor(served, una, 'eve')
      assert.match((await answered(una, '/login una secret99', /una/)).join('\n'), /already|logged in/i)
    })

  it('a reload leaves the messages too', async () => {
    const served = await serveLanes({ register: true })
    const una = await makeDen(served)
    const before = await decided(una)
    const said = await answered(una, '/history 5 #den', /<una> before/)
    await served.server.reload()
    await ready(served)
    assert.deepEqual(await decided(una), before)
    assert.deepEqual(await answered(una, '/history 5 #den', /<una> before/), said)
    await checkDoor(served, una, 'eve')
  })
})
