/** Texts take the columns that terminals give them, and names cannot steer a terminal. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { asciiText, cutText, padText, textWidth, visibleText } from '#lanework/schedule/draw/text-width.js'

describe('the width of a text', () => {
  for (const [text, width] of [
    ['abc', 3],
    ['', 0],
    ['编译器', 6],
    ['한국어', 6],
    ['カナ', 4],
    ['ｆｕｌｌ', 8],
    ['é', 1],
    ['e\u0301', 1],
    ['👍', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['1️⃣', 2],
    ['❤️', 2],
    ['─█░', 3],
    ['\u200D', 0],
  ] as const)
    test(`${JSON.stringify(text)} takes ${width} columns`, () => assert.equal(textWidth(text), width))
})

test('a cut never takes more columns than there are, nor half a wide character', () => {
  assert.equal(cutText('编译器', 5), '编译')
  assert.equal(cutText('编译器', 5, '…'), '编译…')
  assert.equal(cutText('editor', 4, '…'), 'edi…')
  assert.equal(cutText('editor', 6, '…'), 'editor')
  assert.equal(cutText('👩‍👩‍👧x', 1), '')
  assert.equal(cutText('abc', 0, '…'), '')
})

test('a text is filled up by columns, not by characters', () => {
  assert.equal(padText('编', 4), '编  ')
  assert.equal(padText('编', 4, 'start'), '  编')
  assert.equal(padText('abcdef', 4), 'abcdef')
})

test('what steers a terminal or turns text around is shown as an escape', () => {
  assert.equal(visibleText('\x1b[31mred\x07'), '\\x1b[31mred\\x07')
  assert.equal(visibleText('\u202Etxt'), '\\u{202e}txt')
  assert.equal(visibleText('a\nb\u2028'), 'a\\x0ab\\u{2028}')
  assert.equal(visibleText('\uD800'), '\\u{d800}')
  assert.equal(visibleText('编译器 é 👩‍👧'), '编译器 é 👩‍👧')
})

test('in ASCII every other character is as many question marks as it takes columns', () => {
  assert.equal(asciiText('a编é'), 'a???')
})
