/** Nicks and names of rooms: what may be one, and which are the same, in any script. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { foldCase } from '#lanework/services/chat/text/fold.js'
import { isIdentifierCharacter, lookOf } from '#lanework/services/chat/text/look-alikes.js'
import { checkNick, isSameNick, nickKey, nickLook, reservedNicks } from '#lanework/services/chat/text/nick.js'
import { checkRoomName, roomKey } from '#lanework/services/chat/text/room-name.js'
import { hasOneScript } from '#lanework/services/chat/text/scripts.js'
import { anyText } from '../any-text.ts'

const cyrillicA = '\u0430'

describe('a nick', () => {
  it('has letters and digits of any script, and the signs that IRC has', () => {
    const good = [
      'alice',
      'Al1ce',
      'a',
      '_a',
      '[a]{b}\\`|^-_',
      '王小明',
      '田中さん',
      'Ken健',
      '김철수',
      'ยศ',
      'दीपक',
      'Ünal',
      'Ελένη',
      'Саша',
      'אבי',
      'محمد',
      'nguyễn',
    ]
    for (const nick of good) assert.equal(checkNick(nick), undefined, nick)
  })

  it('is not empty, too long, or begun by what looks like a number or an option', () => {
    const long = 'a'.repeat(33)
    for (const nick of ['', long, '王'.repeat(22), '1a', '-a', '\u0301a', '٣a']) {
      const fault = checkNick(nick)
      assert.deepEqual([fault?.code, fault?.about], ['nick-bad', nick], nick)
    }
    assert.equal(checkNick('a'.repeat(32)), undefined)
    assert.equal(checkNick('王'.repeat(21)), undefined)
  })

  it('has no character that is an order, invisible, or of a compatible form', () => {
    const bad = [
      ...' \t\n\r\0!@:,*?#&%~+.<>"\'/()=;$\x7f\x9b',
      '\u200b',
      '\u200d',
      '\u202e',
      '\u2066',
      '\u00ad',
      '\ufe0f',
      '\u3164',
      '\ud800',
      '\ue000',
      'ａ',
      '𝒶',
      'ﬁ',
      '😀',
    ]
    for (const character of bad) assert.equal(checkNick(`a${character}b`)?.code, 'nick-bad', JSON.stringify(character))
  })

  it('has one script, or several that are written together', () => {
    for (const nick of [`${cyrillicA}lice`, 'Aλice', 'ab한漢かな', 'ßж', 'a\u0660', '٣3']) {
      assert.equal(checkNick(nick)?.code, 'nick-bad', nick)
    }
    for (const text of ['Ken健かカ', 'Lee李이', 'bo波ㄅ', 'abc', 'абв_1']) assert.ok(hasOneScript(text), text)
    assert.ok(!hasOneScript('かㄅ'))
    assert.ok(!hasOneScript('a\u0301б'))
  })

  it('does not heap marks upon a letter', () => {
    assert.equal(checkNick(`a${'\u0301\u0302\u0303\u0304\u0305'}`)?.code, 'nick-bad')
    assert.equal(checkNick(`ab\u0323\u0323`)?.code, 'nick-bad')
    assert.equal(checkNick('e\u0301a'), undefined)
  })

  it('is not what people take for the server, nor what looks like it', () => {
    for (const nick of [...reservedNicks, 'NickServ', 'CHANSERV', 'g1oba1', 'chat-lanework']) {
      assert.equal(checkNick(nick, ['Chat-Lanework'])?.code, 'nick-bad', nick)
    }
    assert.equal(checkNick('*')?.code, 'nick-bad')
    assert.equal(checkNick('chat.lanework')?.code, 'nick-bad')
  })

  it('is the same large or small, composed or not, and when it looks the same', () => {
    const same = [
      ['alice', 'ALICE'],
      ['alice', 'a1ice'],
      ['alice', 'a|ice'],
      ['alice', `${cyrillicA}lice`],
      ['alice', 'ａｌｉｃｅ'],
      ['alice', 'αlice'],
      ['mary', 'rnary'],
      ['bob', 'B0B'],
      ['scope', '\u0455\u0441\u043e\u0440\u0435'],
      ['Zoë', 'zoe\u0308'],
      ['straße', 'STRASSE'],
      ['ΣΑΣ', 'σας'],
    ] as const
    for (const [one, other] of same) assert.equal(nickKey(one), nickKey(other), `${one} ${other}`)
    for (const other of ['alicе_', 'alyce', 'bob', 'al', '']) assert.notEqual(nickKey('alice'), nickKey(other), other)
    assert.ok(!isSameNick('alice', 'a1ice'))
    assert.ok(isSameNick('Alice', 'aLICE'))
  })

  it('looks the same with a large I for a small l', () => {
    assert.equal(nickLook('aIice'), nickLook('alice'))
    assert.notEqual(nickLook('aiice'), nickLook('alice'))
  })

  it('has a key for any text, which is its own key', () => {
    fc.assert(
      fc.property(anyText(40), (text) => {
        const key = nickKey(text)
        assert.equal(nickKey(key), key)
        assert.equal(foldCase(foldCase(text)), foldCase(text))
        checkNick(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has a key that is its own key for every single character, and none that may be in a nick vanishes', () => {
    for (let point = 0x21; point < 0x30000; point++) {
      if (point >= 0xd800 && point < 0xe000) continue
      const character = String.fromCodePoint(point)
      const key = nickKey(character)
      if (nickKey(key) !== key) assert.fail(`U+${point.toString(16)}: ${key} ${nickKey(key)}`)
      if (key === '' && checkNick(`a${character}`) === undefined) assert.fail(`U+${point.toString(16)} vanishes`)
    }
  })

  it('is good or bad however it is composed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (text) => {
        assert.equal(checkNick(text.normalize('NFD'))?.code, checkNick(text.normalize('NFC'))?.code)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the look of a text', () => {
  it('is its own look, and the same for both ways to compose it', () => {
    fc.assert(
      fc.property(anyText(40), (text) => {
        assert.equal(lookOf(text.normalize('NFD')), lookOf(text.normalize('NFC')))
        assert.equal(lookOf(lookOf(lookOf(text))), lookOf(lookOf(text)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('comes from the whole table: first, last and between', () => {
    assert.equal(lookOf('0OοОօ'), 'OOoOo')
    assert.equal(lookOf('Ӏ1l|'), 'llll')
    for (const point of [0x41, 0x5a, 0x61, 0x4e00, 0xac00, 0x3042]) assert.ok(isIdentifierCharacter(point))
    for (const point of [0, 0x20, 0x40, 0x5b, 0x60, 0x200b, 0xff21, 0x1d400, 0x10ffff])
      assert.ok(!isIdentifierCharacter(point))
  })
})

describe('the name of a room', () => {
  it('begins with # and has any signs but those that end it in a line', () => {
    for (const name of ['#a', '##', '#聊天', '#c++', '#❤️', '#1', '#dev:ops', '#комната']) {
      assert.equal(checkRoomName(name), undefined, name)
    }
    for (const name of [
      '',
      'dev',
      '#',
      '&dev',
      '#a b',
      '#a,b',
      '#a\x07',
      '#a\rb',
      '#a\nb',
      '#a\0',
      '#\u200b',
      '#a\u202eb',
      '#a\u00a0b',
      '#a\u200bdmin',
      '#a\u200cdmin',
      '#a\u2060dmin',
      '#a\ufe0f',
      '#❤\ufe0f\ufe0f',
      '#a\u{e0041}',
      '#a\u{e0100}',
      '#a\u00addmin',
      '#a\u3164',
      '#a\u034fb',
      '#a\ufff9b',
      '#a\u2800b',
      '#\u{1f469}\u200d\u{1f4bb}',
      '#\ud800',
      `#${'聊'.repeat(17)}`,
    ]) {
      assert.deepEqual(
        [checkRoomName(name)?.code, checkRoomName(name)?.about],
        ['room-bad', name],
        JSON.stringify(name),
      )
    }
    assert.equal(checkRoomName(`#${'a'.repeat(49)}`), undefined)
    assert.equal(checkRoomName(`#${'a'.repeat(50)}`)?.code, 'room-bad')
  })

  it('is the same large or small, and with look-alikes of other scripts; ASCII names that look alike are two', () => {
    for (const other of ['#DEV', '#d\u0435v', '#ｄｅｖ', '#de\u200bv'])
      assert.equal(roomKey(other), roomKey('#dev'), other)
    for (const [one, other] of [
      ['#warn', '#wam'],
      ['#dev1', '#devl'],
      ['#c0', '#co'],
      ['#dev', '##dev'],
    ] as const) {
      assert.notEqual(roomKey(one), roomKey(other))
    }
  })

  it('has a key for any text, which is its own key', () => {
    fc.assert(
      fc.property(anyText(40), (text) => {
        const key = roomKey(`#${text}`)
        assert.equal(roomKey(key), key)
        checkRoomName(text)
      }),
      { numRuns: 2_000 },
    )
  })
})
