/** The owner over its bus, asked as lanes ask it: what limits, rooms and store make of requests together. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { localBus } from '#lanework/bus/index.js'
import type { SharedServer } from '#lanework/server/index.js'
import { askSubject, fromBytes, pulseSubject, toBytes } from '#lanework/services/chat/messages.js'
import { chatSettings, type ChatOptions } from '#lanework/services/chat/options.js'
import { ChatOwner } from '#lanework/services/chat/owner/owner.js'
import {
  memoryStore,
  messageId,
  nextMessageNumber,
  openStore,
  type ChatStore,
} from '#lanework/services/chat/store/index.js'
import type { Answer, Ask, Reply, RequestName } from '#lanework/services/chat/types.js'
import { VirtualClock } from '#lanework/testing/index.js'

const startMs = 1_700_000_000_000
const unlimited = { peer: 'none', address: 'none', room: 'none' } as const

class House {
  readonly #bus = localBus()
  readonly #owner: ChatOwner
  readonly clock: VirtualClock
  #isKnown = false

  constructor(options: ChatOptions = {}, clock = new VirtualClock({ wallMs: startMs }), store?: ChatStore) {
    this.clock = clock
    const server = {
      clock,
      run: 1,
      lanes: 0,
      signal: new AbortController().signal,
      publish: () => {},
      kept: new Map(),
      keep: () => false,
    } satisfies SharedServer
    const settings = chatSettings({ limits: unlimited, ...options })
    this.#owner = new ChatOwner({ server, settings, bus: this.#bus, store: store ?? memoryStore({ clock }) })
  }

  async ask<Name extends RequestName>(
    by: string | undefined,
    name: Name,
    ask: Ask<Name>,
  ): Promise<Answer<Reply<Name>>> {
    const message = { kind: 'ask', lane: 'lane', ...(by !== undefined && { by }), name, ask }
    return fromBytes(await this.#bus.request(askSubject, toBytes(message as never)))
  }

  async ok<Name extends RequestName>(by: string | undefined, name: Name, ask: Ask<Name>): Promise<Reply<Name>> {
    const answer = await this.ask(by, name, ask)
    if ('fault' in answer) assert.fail(`${name}: ${answer.fault.code}`)
    return answer.ok
  }

  async enter(nick: string, ...rooms: string[]): Promise<string> {
    // The lane is known from its first hello on.
    if (!this.#isKnown) {
      this.#isKnown = true
      this.#bus.respond(pulseSubject('lane'), (payload) => payload)
      const hello = {
        kind: 'hello',
        lane: 'lane',
        seat: 0,
        isNew: false,
        isFirst: true,
        members: [],
        page: 0,
        isLast: true,
      }
      await this.#bus.request(askSubject, toBytes(hello))
    }
    const ask = { nick, user: 'u', realname: 'r', transport: 'irc', address: '192.0.2.1' } as const
    const { id } = (await this.ok(undefined, 'enter', ask)).me
    for (const room of rooms) await this.ok(id, 'join', { room })
    return id
  }

  async say(by: string, to: string, text: string): Promise<string> {
    const answer = await this.ask(by, 'say', { to, kind: 'message', text })
    return 'fault' in answer ? answer.fault.code : 'ok'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#owner.close()
    await this.#bus.close()
  }
}

const texts = (found: readonly { text: string }[]): string => found.map(({ text }) => text).join(' ')

describe('the history', () => {
  it('is given from where one may read it on, though more lies before that than is asked for', async () => {
    await using house = new House()
    const former = await house.enter('alice', '#a')
    for (let count = 0; count < 5; count++) await house.say(former, '#a', `former${count}`)
    await house.ok(former, 'part', { room: '#a' })
    await house.clock.advance(1_000)
    const bob = await house.enter('bob', '#a')
    for (let count = 0; count < 3; count++) await house.say(bob, '#a', `new${count}`)
    const read = async (query: object): Promise<string> =>
      texts(await house.ok(bob, 'history', { target: '#a', limit: 2, ...query }))
    assert.equal(await read({ after: startMs - 1, isForward: true }), 'new0 new1')
    assert.equal(await read({ isForward: true }), 'new0 new1')
    assert.equal(await read({}), 'new1 new2')
    assert.equal(await read({ around: startMs }), 'new0 new1')
    assert.equal(await read({ before: startMs + 1_000 }), '')
  })
})

describe('targets', () => {
  it('are one’s own, whatever else is talked about on the server', async () => {
    const clock = new VirtualClock({ wallMs: startMs })
    const store = memoryStore({ clock })
    await using house = new House({}, clock, store)
    const alice = await house.enter('alice', '#a')
    await house.say(alice, '#a', 'long ago')
    const others = Array.from({ length: 1_100 }, (_, index) => {
      const atMs = startMs + 1 + index
      return {
        id: messageId(nextMessageNumber(0n, atMs)),
        room: `n:x${index} n:y`,
        atMs,
        from: 'x',
        kind: 'message',
        text: '',
      }
    })
    await store.append(others)
    const found = await house.ok(alice, 'targets', { afterMs: 0, beforeMs: startMs + 60_000, limit: 5 })
    assert.deepEqual(found, [{ target: '#a', latestMs: startMs }])
  })
})

describe('limits', () => {
  it('of a room are not used up by who may not speak there', async () => {
    await using house = new House({ limits: { ...unlimited, room: { messages: 2, seconds: 60 } } })
    const alice = await house.enter('alice', '#a')
    const mallory = await house.enter('mallory')
    for (let count = 0; count < 5; count++) assert.equal(await house.say(mallory, '#a', 'x'), 'cannot-speak')
    assert.equal(await house.say(alice, '#a', ' '), 'text-missing')
    assert.deepEqual([await house.say(alice, '#a', 'one'), await house.say(alice, '#a', 'two')], ['ok', 'ok'])
    assert.equal(await house.say(alice, '#a', 'three'), 'limited')
  })

  it('of a member and of its network count what is refused, too', async () => {
    const two = { messages: 2, seconds: 60 }
    for (const limits of [{ peer: two }, { address: two }]) {
      await using house = new House({ limits: { ...unlimited, ...limits } })
      const mallory = await house.enter('mallory')
      for (let count = 0; count < 2; count++) assert.equal(await house.say(mallory, '#lobby', 'x'), 'cannot-speak')
      assert.equal(await house.say(mallory, '#lobby', 'x'), 'limited')
    }
  })
})

describe('hosts', () => {
  it('are the same after a restart with history on the disk, so that bans hold; and others on another server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanework-hosts-'))
    const hostAt = async (place: string): Promise<string> => {
      const clock = new VirtualClock({ wallMs: startMs })
      await using store = await openStore({ folder: join(folder, place), clock })
      await using house = new House({}, clock, store)
      const alice = await house.enter('alice')
      return (await house.ok(alice, 'whois', { nick: 'alice' })).member.host
    }
    try {
      const host = await hostAt('one')
      assert.match(host, /^[0-9a-f]{12}\.lanework$/)
      assert.equal(await hostAt('one'), host)
      assert.notEqual(await hostAt('two'), host)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
