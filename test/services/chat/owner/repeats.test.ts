/** Messages that are asked for again because their answer was lost: said once, and answered like the first. */
import assert from 'node:assert/strict'
import { it } from 'node:test'

import { memoryStore, type ChatStore } from '#lanework/services/chat/store/index.js'
import type { Ask } from '#lanework/services/chat/types.js'
import { gate } from '../../../support/until.js'
import { openHouse, type Guest } from './house.js'

const line = (text: string, once?: string): Ask<'say'> => ({
  to: '#lobby',
  kind: 'message',
  text,
  ...(once !== undefined && { once }),
})

const saidTo = ({ heard }: Guest): (string | undefined)[] =>
  heard.flatMap(({ hearing }) => (hearing.event === 'said' ? [hearing.text] : []))

it('a message asked for again under its name is said once, whatever is kept and whatever is cleaned from it', async () => {
  for (const history of ['none', 'memory'] as const) {
    await using house = await openHouse({ history })
    const [here, there] = [await house.lane(0), await house.lane(1)]
    const alice = await house.guest(here, 'alice')
    const bob = await house.guest(there, 'bob')
    for (const { desk } of [alice, bob]) await desk.ask('join', { room: '#lobby' })
    const first = await alice.desk.ask('say', line('a\tb \u2066c\u2069', 'x-1'))
    assert.ok('ok' in first)
    // Its connection broke, and it goes on in the other lane.
    const again = await house.guest(there, 'alice', { resume: alice.secret })
    assert.deepEqual(await again.desk.ask('say', line('a\tb \u2066c\u2069', 'x-1')), first)
    assert.ok('ok' in (await again.desk.ask('say', line('another', 'x-2'))))
    // Names are each stay's own.
    assert.ok('ok' in (await bob.desk.ask('say', line('mine', 'x-1'))))
    assert.deepEqual(saidTo(bob), ['a b c', 'another', 'mine'])
  }
})

it('a message asked for again while the disk has not answered is answered with the first', async () => {
  const disk = gate()
  const store = memoryStore({})
  const append = store.append.bind(store)
  store.append = (...given: Parameters<ChatStore['append']>) => disk.opened.then(() => append(...given))
  await using house = await openHouse({}, store)
  const alice = await house.guest(await house.lane(0), 'alice')
  await alice.desk.ask('join', { room: '#lobby' })
  const first = alice.desk.ask('say', line('slowly', 'x'))
  const entering = house.guest(await house.lane(1), 'alice', { resume: alice.secret })
  disk.open()
  const again = await entering
  const second = again.desk.ask('say', line('slowly', 'x'))
  assert.ok('ok' in (await first))
  assert.deepEqual(await second, await first)
  assert.equal((store.history('#lobby', { limit: 10 }) as readonly unknown[]).length, 1)
})

it('what was refused may be said under the same name, and only the last names are remembered', async () => {
  await using house = await openHouse({ limits: { peer: 'none', address: 'none', room: 'none' } })
  const alice = await house.guest(await house.lane(0), 'alice')
  const refused = await alice.desk.ask('say', line('outside', 'x'))
  assert.ok('fault' in refused)
  await alice.desk.ask('join', { room: '#lobby' })
  const first = await alice.desk.ask('say', line('inside', 'x'))
  assert.ok('ok' in first)
  for (let count = 0; count < 32; count++) await alice.desk.ask('say', line(`line ${count}`, `n${count}`))
  const later = await alice.desk.ask('say', line('inside', 'x'))
  assert.ok('ok' in later && later.ok.id > first.ok.id)
})
