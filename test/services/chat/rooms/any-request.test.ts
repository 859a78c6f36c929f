/** Any text in any field of any request: never an exception, and what others hear has no control character in it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { PureRequest } from '#lanework/services/chat/rooms/types.js'
import type { Ask } from '#lanework/services/chat/types.js'
import { anyText } from '../any-text.ts'
import { Kit } from './room-kit.ts'

const wild = fc.oneof(anyText(30), anyText(400))
const text = fc.oneof(wild, fc.constantFrom('alice', 'bob', '#a', '#lobby', '*', '', 'account:*', '#\r\n'))
const nick = fc.oneof(text, fc.constantFrom('alice', 'bob'))
const room = fc.oneof(text, fc.constantFrom('#a', '#lobby'))
const flag = fc.boolean()
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined })
const modeName = fc.oneof(
  text,
  fc.constantFrom('key', 'limit', 'ban', 'mute', 'secret', 'operator', '__proto__', 'constructor'),
)

const asks: { readonly [Name in Exclude<PureRequest, 'quit'>]: fc.Arbitrary<unknown> } = {
  enter: fc.record({
    nick: maybe(text),
    isFlexible: flag,
    user: text,
    realname: text,
    transport: fc.constant('tcp'),
    address: fc.constant('192.0.2.1'),
    place: maybe(text),
    resume: maybe(text),
  }),
  nick: fc.record({ nick }),
  join: fc.record({ room, key: maybe(text), mostMembers: fc.constantFrom(0, 1, -1) }),
  part: fc.record({ room, reason: maybe(text) }),
  say: fc.record({
    to: fc.oneof(nick, room),
    kind: fc.constantFrom('message', 'tags'),
    text: maybe(text),
    bytes: maybe(text),
    tags: maybe(fc.dictionary(text, text)),
  }),
  topic: fc.record({ room, topic: maybe(text) }),
  mode: fc.record({
    room,
    changes: fc.array(fc.record({ mode: modeName, on: flag, value: maybe(text) }), { maxLength: 5 }),
  }),
  modes: fc.record({ room, list: maybe(modeName) }),
  ownMode: fc.record({ invisible: maybe(flag), wallops: maybe(flag), operator: fc.constantFrom(undefined, false) }),
  kick: fc.record({ room, nick, reason: maybe(text) }),
  invite: fc.record({ room, nick }),
  away: fc.record({ text: maybe(text) }),
  realname: fc.record({ text }),
  names: fc.record({ room }),
  list: fc.record({
    rooms: maybe(fc.array(room, { maxLength: 4 })),
    mask: maybe(text),
    membersAtLeast: maybe(fc.integer()),
  }),
  who: fc.record({ mask: fc.oneof(nick, room), operatorsOnly: flag }),
  whois: fc.record({ nick }),
  whowas: fc.record({ nick, count: maybe(fc.integer()) }),
  counts: fc.constant({}),
  logout: fc.constant({}),
  operator: fc.record({ name: text, password: text }),
  kill: fc.record({ nick: wild, reason: text }),
  wallops: fc.record({ text }),
  alive: fc.constant({}),
}
const requests = fc.oneof(
  ...Object.entries(asks).map(([name, ask]) =>
    fc.record({ name: fc.constant(name as PureRequest), ask, by: fc.nat(1) }),
  ),
)

// oxlint-disable-next-line no-control-regex -- what must not be there
const controls = /[\0-\x1f\x7f-\x9f\u2028\u2029]/

/** All texts of a value, but what `formatted` and tags hold: these may have what IRC escapes. */
function textsOf(value: unknown, field = ''): string[] {
  if (typeof value === 'string') return field === 'formatted' ? [] : [value]
  if (typeof value !== 'object' || value === null || field === 'tags') return []
  return Object.entries(value).flatMap(([name, part]) => textsOf(part, name))
}

describe('any request', () => {
  it('with any text is answered, and what is heard of it is clean', () => {
    fc.assert(
      fc.property(fc.array(requests, { minLength: 1, maxLength: 30, size: 'max' }), (list) => {
        const kit = new Kit()
        const { alice, bob } = kit.people('alice', 'bob')
        for (const id of [alice, bob]) kit.ok(id, 'join', { room: '#a' })
        for (const { name, ask, by } of list) {
          const given = Object.fromEntries(Object.entries(ask as object).filter(([, value]) => value !== undefined))
          const from = name === 'enter' ? undefined : [alice, bob][by]
          const { answer, heard, stored, changedRooms } = kit.do(from, name, given as Ask<PureRequest>)
          assert.ok('ok' in answer || answer.fault.message !== '')
          for (const each of textsOf([heard, stored, changedRooms])) assert.doesNotMatch(each, controls)
          if ('ok' in answer && answer.ok === undefined) assert.equal(name, 'names')
          else assert.deepEqual(JSON.parse(JSON.stringify({ answer, heard })), { answer, heard }, 'all of it is JSON')
        }
      }),
      { numRuns: 300 },
    )
  })
})
