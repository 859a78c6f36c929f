/** A peer's desk: its requests in order, floods that stay in the lane, and what it knows of its member. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Peer } from '#lanework/server/index.js'
import type { Front } from '#lanework/services/chat/lane/front.js'
import { LaneDesk, placeOf, readPlace, type DeskOwner } from '#lanework/services/chat/lane/desk.js'
import { chatSettings } from '#lanework/services/chat/options.js'
import type { Answer, ChatOptions, MemberInfo, RequestName, RoomView } from '#lanework/services/chat/index.js'
import { ManualClock } from '../../../support/manual-clock.ts'
import { turns } from '../../../support/until.ts'

const me: MemberInfo = {
  id: 'm1',
  nick: 'ada',
  user: 'udp',
  host: 'h',
  realname: 'Ada',
  transport: 'udp',
  isOperator: false,
  isInvisible: false,
  hearsWallops: false,
  sinceMs: 0,
  activeMs: 0,
}

interface Asked {
  readonly name: RequestName
  readonly answer: (value: Answer<unknown>) => void
}

function stage(options: ChatOptions = {}): {
  desk: LaneDesk
  asked: Asked[]
  clock: ManualClock
  dismissed: string[]
  closed: () => number
} {
  const asked: Asked[] = []
  const clock = new ManualClock()
  const dismissed: string[] = []
  let closed = 0
  const owner: DeskOwner = {
    clock,
    settings: chatSettings(options),
    proofKey: new Uint8Array(0),
    count: () => {},
    ask: (_desk, name) => new Promise((answer) => asked.push({ name, answer })),
    dismissed: (_desk, reason) => void dismissed.push(reason),
  }
  const peer = {
    transport: 'udp',
    address: { scheme: 'udp', host: '192.0.2.7', port: 4_000 },
    listener: { scheme: 'udp', host: '127.0.0.1', port: 9_060 },
    close: () => void (closed += 1),
  } as unknown as Peer
  const desk = new LaneDesk(owner, peer)
  desk.front = { receive: () => {}, hear: () => {} } satisfies Front
  return { desk, asked, clock, dismissed, closed: () => closed }
}

const say = { to: '#lobby', kind: 'message', text: 'hello' } as const

describe('a desk', () => {
  it('asks one thing after the other', async () => {
    const { desk, asked } = stage()
    const answers = [desk.ask('say', say), desk.ask('topic', { room: '#lobby' })]
    await turns(2)
    assert.deepEqual(
      asked.map(({ name }) => name),
      ['say'],
    )
    asked[0]?.answer({ ok: { id: '1' } })
    await turns(2)
    assert.deepEqual(
      asked.map(({ name }) => name),
      ['say', 'topic'],
    )
    asked[1]?.answer({ ok: {} })
    assert.deepEqual(await Promise.all(answers), [{ ok: { id: '1' } }, { ok: {} }])
    assert.equal(desk.waiting, 0)
  })

  it('lets no more than 64 wait', async () => {
    const { desk, asked } = stage()
    const answers = Array.from({ length: 70 }, () => desk.ask('say', say))
    await turns(2)
    assert.equal(desk.waiting, 64)
    assert.deepEqual(await Promise.all(answers.slice(64).map(async (answer) => 'fault' in (await answer))), [
      true,
      true,
      true,
      true,
      true,
      true,
    ])
    for (let at = 0; at < 64; at++) {
      asked[at]?.answer({ ok: {} })
      await turns(1)
    }
    await Promise.all(answers)
    assert.equal(desk.waiting, 0)
  })

  it('refuses by itself while a limit of its own holds, and asks again afterwards', async () => {
    const { desk, asked, clock } = stage()
    const limited = { code: 'limited', message: 'slowly', scope: 'peer', action: 'drop', waitMs: 3_000 } as const
    const first = desk.ask('say', say)
    await turns(1)
    asked[0]?.answer({ fault: limited })
    await first
    clock.advance(1_000)
    assert.deepEqual(await desk.ask('say', say), { fault: { ...limited, waitMs: 2_000 } })
    assert.equal(asked.length, 1, 'nobody was asked')
    const other = desk.ask('topic', { room: '#lobby' })
    await turns(1)
    asked[1]?.answer({ ok: {} })
    assert.deepEqual(await other, { ok: {} }, 'other requests go through')
    clock.advance(2_000)
    void desk.ask('say', say)
    await turns(1)
    assert.equal(asked.length, 3)
  })

  /** Asks one question after the other, and gives how many of them reached the owner. */
  async function asksAll(
    { desk, asked }: Pick<ReturnType<typeof stage>, 'desk' | 'asked'>,
    questions: readonly (readonly [RequestName, unknown])[],
  ): Promise<number> {
    const before = asked.length
    for (const [name, ok] of questions) {
      const answer = desk.ask(name, {} as never)
      await turns(1)
      asked.slice(before).at(-1)?.answer({ ok })
      await answer
    }
    return asked.length - before
  }

  const many = (count: number, name: RequestName, ok: unknown): (readonly [RequestName, unknown])[] =>
    Array.from({ length: count }, () => [name, ok] as const)
  const crowd = (members: number): unknown => Array.from({ length: members }, () => ({}))

  it('refuses questions without end, the sooner the larger their answers are, and lets others through', async () => {
    for (const [name, ok, most] of [
      ['who', crowd(400), 24],
      ['names', { room: '#a', modes: {}, members: crowd(400) }, 24],
      ['who', [], 400],
      ['list', crowd(1_000), 20],
      ['history', crowd(200), 200],
      ['targets', [], 200],
      ['modes', {}, 800],
      ['whois', {}, 2_000],
      ['whowas', [], 2_000],
    ] as const) {
      const staged = stage()
      assert.equal(await asksAll(staged, many(most + 50, name, ok)), most, name)
      const { desk, asked, clock } = staged
      const refused = await desk.ask(name, {} as never)
      assert.ok('fault' in refused && refused.fault.waitMs !== undefined)
      const { code, scope, action, waitMs } = refused.fault
      assert.deepEqual([code, scope, action], ['limited', 'peer', 'drop'])
      const said = desk.ask('say', say)
      await turns(1)
      asked.at(-1)?.answer({ ok: { id: '1' } })
      assert.deepEqual(await said, { ok: { id: '1' } }, 'it may still speak')
      clock.advance(waitMs)
      assert.equal(await asksAll(staged, [[name, ok]]), 1, `${name}: after what it was told to wait`)
    }
  })

  it('counts questions that were asked at once as those one after the other', async () => {
    const { desk, asked } = stage()
    const answers = Array.from({ length: 64 }, () => desk.ask('who', { mask: '*' }))
    for (let at = 0; at < 64; at++) {
      await turns(1)
      asked[at]?.answer({ ok: crowd(400) })
    }
    await Promise.all(answers)
    assert.equal(asked.length, 24)
  })

  it('has room for who comes to twenty rooms, or back to fifty', async () => {
    const room = { room: '#a', modes: {}, members: crowd(60) }
    const joining = [...many(20, 'names', room), ...many(20, 'who', crowd(60)), ...many(20, 'history', crowd(100))]
    assert.equal(await asksAll(stage(), joining), joining.length)
    // What was missed in each, and what the page shows of each.
    const page = [...many(110, 'history', crowd(200)), ...many(20, 'names', room), ...many(1, 'list', crowd(500))]
    assert.equal(await asksAll(stage(), page), page.length)
  })

  it('lets members ask without end where nobody is limited', async () => {
    assert.equal(await asksAll(stage({ limits: { peer: 'none' } }), many(500, 'who', crowd(400))), 500)
  })

  it('asks again where the room was full, or the message is to wait', async () => {
    const { desk, asked } = stage()
    const faults = [
      { code: 'limited', message: 'full', scope: 'room', action: 'drop', waitMs: 3_000 },
      { code: 'limited', message: 'later', scope: 'peer', action: 'delay', waitMs: 3_000 },
    ] as const
    for (const [at, fault] of faults.entries()) {
      const answer = desk.ask('say', say)
      await turns(1)
      asked[at]?.answer({ fault })
      await answer
    }
    void desk.ask('say', say)
    await turns(1)
    assert.equal(asked.length, 3)
  })

  it('knows what its member is by what is heard', () => {
    const { desk } = stage()
    desk.entered({ me, secret: 's', rooms: [], isResumed: false })
    const shared = { once: () => undefined }
    const near = { to: 'near', rooms: [] } as const
    const hear = (hearing: object): void =>
      desk.hear({ audience: near, hearing: { by: me, atMs: 0, ...hearing } as never }, shared)
    hear({ event: 'renamed', nick: 'grace', atMs: 7 })
    hear({ event: 'away', away: 'tea' })
    hear({ event: 'account', account: 'ada' })
    hear({ event: 'rehosted', user: 'u', host: 'elsewhere' })
    hear({ event: 'realname', realname: 'Grace' })
    hear({ event: 'renamed', nick: 'other', by: { ...me, id: 'm2' } })
    assert.deepEqual(desk.me, {
      ...me,
      nick: 'grace',
      nickSinceMs: 7,
      away: 'tea',
      account: 'ada',
      user: 'u',
      host: 'elsewhere',
      realname: 'Grace',
    })
    hear({ event: 'away' })
    hear({ event: 'account' })
    assert.deepEqual([desk.me?.away, desk.me?.account], [undefined, undefined])
  })

  it('has enough to go on elsewhere: the place, the ranks, and no secret', () => {
    const { desk } = stage()
    const view = { room: '#Tea', members: [{ ...me, ranks: ['operator'] }] } as unknown as RoomView
    desk.entered({ me, secret: 'open sesame', rooms: [view], isResumed: true })
    desk.rooms.set('#tea', '#Tea')
    const held = desk.held()
    assert.deepEqual(held?.rooms, [{ room: '#Tea', ranks: ['operator'] }])
    assert.ok(!JSON.stringify(held).includes('sesame'))
    const [address, listener] = readPlace(held?.place ?? '')
    assert.deepEqual([address, listener], [desk.peer.address, desk.peer.listener])
    assert.equal(placeOf({ address } as Peer).place, undefined, 'streams have none')
  })

  it('ends once', () => {
    const { desk, dismissed, closed } = stage()
    desk.end('bye')
    desk.end('bye again')
    assert.deepEqual([dismissed, closed()], [['bye'], 1])
  })
})
