/** Lines of text: their forms, that nobody can write as the server, and that bytes stay bytes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cutLine, packLines } from '#lanework/services/chat/plain/datagrams.js'
import { faultInWords } from '#lanework/services/chat/plain/faults.js'
import { gistOf } from '#lanework/services/chat/lane/front.js'
import { lineBytes, lineOf, relationOf, type Line } from '#lanework/services/chat/plain/render.js'
import type { Hearing, ModeChange } from '#lanework/services/chat/types.js'
import { member, saying, who } from './scripted-desk.js'

const alice = who('alice')
const bob = who('bob')
const atMs = 0

function shown(hearing: Hearing, me = 'me'): string | undefined {
  const line = lineOf(hearing, relationOf(gistOf(hearing, { once: () => undefined }), me), '#lobby')
  return line === undefined ? undefined : String(lineBytes(line))
}

describe('what is heard, as text', () => {
  it('shows words in the default room, in others, private ones and actions', () => {
    assert.equal(shown(saying(alice, '#lobby', 'hello')), '<alice> hello')
    assert.equal(shown(saying(alice, '#LOBBY', 'hello')), '<alice> hello')
    assert.equal(shown(saying(alice, '#dev', 'hello')), '#dev <alice> hello')
    assert.equal(shown(saying(alice, '#lobby', 'waves', { kind: 'action' })), '* alice waves')
    assert.equal(shown(saying(alice, '#dev', 'waves', { kind: 'action' })), '#dev * alice waves')
    assert.equal(shown(saying(alice, '#lobby', 'beep', { kind: 'notice' })), '<alice> (notice) beep')
    assert.equal(shown(saying(alice, 'me', 'hello')), '[alice] hello')
    assert.equal(shown(saying(alice, 'bob', 'hello'), 'alice'), '[to bob] hello')
    assert.equal(shown(saying(alice, 'me', 'waves', { kind: 'action' })), '[alice] * waves')
    assert.equal(shown(saying(alice, '#lobby', '', { kind: 'tags' })), undefined)
  })

  it('begins everything else with --', () => {
    const changes: readonly ModeChange[] = [
      { mode: 'moderated', on: true },
      { mode: 'operator', on: false, value: 'bob' },
    ]
    const cases: [Hearing, string | undefined][] = [
      [{ event: 'joined', room: '#lobby', by: alice, member: member('alice'), atMs }, '-- alice joined'],
      [{ event: 'joined', room: '#dev', by: alice, member: member('alice'), atMs }, '-- alice joined #dev'],
      [{ event: 'parted', room: '#dev', by: alice, reason: 'tea', atMs }, '-- alice left #dev (tea)'],
      [{ event: 'kicked', room: '#lobby', by: alice, whom: bob, atMs }, '-- bob was kicked out by alice'],
      [
        { event: 'kicked', room: '#dev', by: alice, whom: who('me'), reason: 'why', atMs },
        '-- you were kicked out of #dev by alice (why)',
      ],
      [{ event: 'topic', room: '#lobby', by: alice, topic: 'tea', atMs }, '-- alice set the topic: tea'],
      [{ event: 'topic', room: '#dev', by: alice, topic: '', atMs }, '-- alice took away the topic of #dev'],
      [{ event: 'mode', room: '#lobby', by: alice, changes, atMs }, '-- alice set: +moderated, -operator bob'],
      [{ event: 'mode', room: '#dev', by: undefined, changes: [], atMs }, '-- the server set #dev: '],
      [{ event: 'invited', room: '#dev', by: alice, whom: who('me'), atMs }, '-- alice asks you into #dev: /join #dev'],
      [{ event: 'quit', by: alice, reason: 'tea', atMs }, '-- alice has gone (tea)'],
      [{ event: 'renamed', by: alice, nick: 'eve', atMs }, '-- alice is now eve'],
      [{ event: 'away', by: alice, away: 'lunch', atMs }, '-- alice is away: lunch'],
      [{ event: 'away', by: alice, atMs }, '-- alice is back'],
      [{ event: 'wallops', by: alice, text: 'restart at noon', atMs }, '-- alice to all: restart at noon'],
      [{ event: 'ended', reason: 'killed', atMs }, '-- goodbye (killed)'],
      [{ event: 'account', by: alice, atMs }, undefined],
      [{ event: 'realname', by: alice, realname: 'A', atMs }, undefined],
      [{ event: 'rehosted', by: alice, user: 'u', host: 'h', atMs }, undefined],
      [{ event: 'self', me: member('me'), atMs }, undefined],
    ]
    for (const [hearing, line] of cases) assert.equal(shown(hearing), line)
  })

  it('lets nothing that members send begin with --, or hold a control character', () => {
    const kinds = fc.constantFrom('message' as const, 'notice' as const, 'action' as const)
    const to = fc.constantFrom('#lobby', '#dev', 'me')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), kinds, to, (text, kind, where) => {
        const line = shown(saying(alice, where, `--${text}`, { kind })) ?? ''
        assert.ok(!line.startsWith('--'), line)
        // oxlint-disable-next-line no-control-regex -- that is what must not be there
        assert.doesNotMatch(line, /[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      }),
    )
  })

  it('hands on bytes that are no text, without what terminals obey', () => {
    const bytes = Buffer.from([0xc4, 0xe3, 0x1b, 0x5b, 0x32, 0x4a, 0xc2, 0x9b, 0x0a, 0x09, 0x7f, 0xff])
    const line = lineOf(
      saying(alice, '#lobby', 'escaped', { bytes: bytes.toString('base64') }),
      'other',
      '#lobby',
    ) as Line
    const expected = Buffer.concat([
      Buffer.from('<alice> '),
      Buffer.from([0xc4, 0xe3, 0x5b, 0x32, 0x4a, 0x20, 0x20, 0xff]),
    ])
    assert.deepEqual(Buffer.from(lineBytes(line)), expected)
    assert.equal(line.body, 'escaped')
  })
})

describe('text in datagrams', () => {
  it('cuts a long line into datagrams of bounded size with the same head, and loses nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3_000 }), (text) => {
        const body = text.replaceAll(' ', '_')
        const parts = cutLine({ head: '<alice> ', body }, 1_200).map(String)
        for (const part of parts) assert.ok(part.startsWith('<alice> ') && Buffer.byteLength(part) <= 1_200)
        assert.equal(parts.map((part) => part.slice(8)).join(''), body)
      }),
    )
  })

  it('cuts bytes too', () => {
    const bytes = Buffer.alloc(3_000, 0xff)
    const parts = cutLine({ head: '<alice> ', body: '', bytes }, 1_200).map((part) => Buffer.from(part))
    assert.deepEqual(
      parts.map((part) => part.length),
      [1_200, 1_200, 624],
    )
    assert.deepEqual(Buffer.concat(parts.map((part) => part.subarray(8))), bytes)
  })

  it('puts short lines together and cuts long ones', () => {
    assert.deepEqual(packLines(['-- a', '-- b', '-- cdef'], 9), ['-- a\n-- b', '-- cdef'])
    assert.deepEqual(packLines(['-- 123456789'], 8), ['-- 12345', '-- 6789'])
    assert.deepEqual(packLines([], 8), [])
  })
})

describe('faults in words', () => {
  it('say how long to wait, rounded up, and what became of it', () => {
    const fault = { code: 'limited', message: 'x', waitMs: 2_001, scope: 'peer' } as const
    assert.equal(faultInWords({ ...fault, action: 'drop' }), 'you send too much too fast: not said; again in 3 s')
    assert.equal(
      faultInWords({ ...fault, action: 'drop' }, 7),
      'you send too much too fast: 7 messages not said; again in 3 s',
    )
    assert.equal(faultInWords({ ...fault, action: 'mute' }), 'you send too much too fast: muted for 3 s')
    assert.equal(faultInWords({ ...fault, action: 'disconnect' }), 'you send too much too fast; goodbye')
    assert.equal(
      faultInWords({ ...fault, scope: 'room', action: 'drop' }),
      'this room gets too much too fast: not said; again in 3 s',
    )
    assert.equal(faultInWords({ code: 'muted', message: 'x', waitMs: 1 }), 'you may speak again in 1 s')
  })

  it('name what they are about', () => {
    const fault = { code: 'nick-taken', message: 'Somebody has that nick', about: 'bob' } as const
    assert.equal(faultInWords(fault), 'bob: Somebody has that nick; choose another one')
  })
})
