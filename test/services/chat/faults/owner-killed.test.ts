import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { killed, ownerPid } from '../../../support/lanes.ts'
import { freshPath } from '../../../support/folder.ts'
import { unlessNative } from '../../../support/sharing.ts'
import { until } from '../../../support/until.ts'
import { lineMember, numbersOf, pageMember, udpMember, upTo, type PageMember } from './members.ts'
import { serveLanes } from './served.ts'

interface Told {
  readonly sayings: readonly { readonly text: string }[]
}

interface Room {
  readonly members: readonly { readonly nick: string; readonly ranks?: readonly string[] }[]
}

async function ranksOf(member: PageMember, room: string): Promise<Record<string, readonly string[]>> {
  const { ok } = await member.ask({ do: 'names', room })
  return Object.fromEntries((ok as Room).members.map(({ nick, ranks = [] }) => [nick, ranks]))
}

describe('the owner of the rooms killed in the midst of talk', { skip: unlessNative }, () => {
  it('costs no member, room or rank, talk goes on, and nothing acknowledged is missing in the history', async () => {
    const served = await serveLanes({ history: { folder: freshPath() } })
    const operator = await pageMember(served.ws, 'olga')
    const page = await pageMember(served.ws, 'peter')
    const lines = [await lineMember(served.tcp, 'tom'), await lineMember(served.tcp, 'tim')]
    const una = await udpMember(served.udp, 'una')
    // Who makes a room is its operator; the lobby was there before.
    for (const member of [operator, page]) await member.ask({ do: 'join', room: '#den' })
    await operator.ask({ do: 'mode', room: '#den', changes: [{ mode: 'voice', on: true, value: 'peter' }] })
    const before = await Promise.all(['#lobby', '#den'].map((room) => ranksOf(operator, room)))
    assert.deepEqual(before, [
      { olga: [], peter: [], tom: [], tim: [], una: [] },
      { olga: ['operator'], peter: ['voice'] },
    ])
    const acknowledged: number[] = []
    let [next, refused] = [0, 0]
    const talk = async (count: number): Promise<void> => {
      for (const wanted = acknowledged.length + count; acknowledged.length < wanted; next++) {
        const { ok } = await page.ask({ do: 'say', to: '#lobby', kind: 'message', text: `talk ${next}` })
        if (ok === undefined) refused++
        else acknowledged.push(next)
        assert.ok(refused < 1_000, 'it goes on in the end')
      }
    }
    await talk(20)
    const first = ownerPid(served.server)
    // While words are under way.
    const talked = talk(200)
    await until('some of it is stored', () => acknowledged.length > 40)
    await killed(first)
    await talked
    await until('another owner is there', () => served.server.status().shared?.pid !== first)
    await talk(20)
    for (const member of [operator, page, ...lines]) assert.equal(member.isOpen, true)
    assert.deepEqual(await Promise.all(['#lobby', '#den'].map((room) => ranksOf(operator, room))), before)
    // An operator still moderates.
    assert.notEqual((await operator.ask({ do: 'kick', room: '#den', nick: 'peter' })).ok, undefined)
    una.send('talk 100000')
    for (const member of [...lines, operator]) await member.hears(/talk 100000/)
    const told: number[] = []
    for (let after: number | undefined; ;) {
      const from = after === undefined ? { after: 0 } : { after }
      const { ok } = await page.ask({ do: 'history', target: '#lobby', ...from, isForward: true, limit: 200 })
      const { sayings } = ok as Told & { sayings: readonly { atMs: number }[] }
      for (const { text } of sayings) told.push(Number(/talk (\d+)/.exec(text)?.[1]))
      const last = (sayings.at(-1) as { atMs: number } | undefined)?.atMs
      if (last === undefined || last === after) break
      after = last
    }
    const kept = new Set(told)
    assert.deepEqual(
      acknowledged.filter((number) => !kept.has(number)),
      [],
    )
    // What was acknowledged while they listened has been heard once, in order.
    for (const member of lines) {
      const heard = numbersOf(member, 'talk')
      assert.deepEqual(
        heard,
        [...new Set(heard)].toSorted((one, other) => one - other),
      )
      assert.deepEqual(heard.slice(0, 20), upTo(20))
    }
  })
})
