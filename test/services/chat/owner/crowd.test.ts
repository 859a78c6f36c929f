/** Ten thousand datagram members: their lane dies, another retires, the owner restarts, and who asks for all their names gets them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { connectBus } from '#lanework/bus/index.js'
import { fromBytes, pulseSubject, toBytes, type HelloAnswer } from '#lanework/services/chat/messages.js'
import { pagesOf } from '#lanework/services/chat/pages.js'
import type { MemberSnapshot } from '#lanework/services/chat/rooms/types.js'
import { until } from '../../../support/until.ts'
import { openHouse } from './house.ts'

const crowd = 10_000

function memberOf(index: number): MemberSnapshot {
  const place = `udp://10.1.${index >> 8}.${index & 255}:5000 udp://127.0.0.1:9060`
  const info = {
    id: (0x18bcfe56800).toString(16).padStart(12, '0') + index.toString(16).padStart(4, '0'),
    nick: `member-of-the-crowd-${index}`,
    user: 'udp',
    host: `host-${index}.hidden.example`,
    realname: `Number ${index} of a rather large crowd`,
    transport: 'udp',
    isOperator: false,
    isInvisible: false,
    hearsWallops: false,
    sinceMs: 1_700_000_000_000,
    activeMs: 1_700_000_000_000,
  } as const
  const secretHash = String(index).padStart(22, '0')
  return { info, address: '10.1.0.1', place, secretHash, rooms: [{ room: '#lobby', ranks: [] }] }
}

describe('ten thousand datagram members', () => {
  it('go on when their lane dies, when the next retires and when the owner restarts; all their names are told', async () => {
    await using house = await openHouse({ members: crowd + 10 })
    const dying = await connectBus(house.path())
    dying.respond(pulseSubject('dying'), (payload) => payload)
    const pages = pagesOf(Array.from({ length: crowd }, (_, index) => memberOf(index)))
    assert.ok(pages.length >= crowd / 200)
    for (const [page, members] of pages.entries()) {
      const isLast = page === pages.length - 1
      const hello = { kind: 'hello', lane: 'dying', seat: 0, isNew: true, isFirst: false, members, page, isLast }
      const answer = fromBytes<HelloAnswer>(await dying.request('chat.ask', toBytes(hello)))
      assert.equal(answer.gone.length, 0)
    }
    const one = await house.lane(0)
    await dying.close()
    await until('the next of the seat has all', () => one.members === crowd, 30_000)

    const asker = await house.guest(one, 'asker')
    const joined = await asker.desk.ask('join', { room: '#lobby' })
    assert.ok('ok' in joined, JSON.stringify(joined))
    assert.equal(joined.ok.members.length, crowd + 1)
    const listed = await asker.desk.ask('names', { room: '#lobby' })
    assert.ok('ok' in listed)
    assert.equal(new Set(listed.ok?.members.map(({ nick }) => nick)).size, crowd + 1)

    await house.restart()
    await until('the new owner has all', () => house.owner().status().members === crowd + 1, 30_000)
    await until('they may ask again', async () => 'ok' in (await asker.desk.ask('away', {})), 30_000)
    assert.equal(one.members, crowd + 1)

    const two = await house.lane(0)
    await one.retire()
    assert.equal(one.members, 0)
    assert.equal(two.members, crowd)
    assert.equal(house.owner().status().members, crowd)
  })
})
