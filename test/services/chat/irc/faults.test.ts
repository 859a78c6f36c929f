/** Each reason for which a request is refused is a numeric, and the seconds to wait are said. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultCode } from '#lanework/services/chat/index.js'
import { numericOf, saidOf } from '#lanework/services/chat/irc/faults.js'
import { numericLine } from '#lanework/services/chat/irc/wire/numerics.js'
import { formatMessage } from '#lanework/services/chat/irc/wire/message.js'

const lines: Readonly<Record<FaultCode, string>> = {
  'nick-bad': '432 me bob :Why',
  'nick-taken': '433 me bob :Nickname is already in use',
  'nick-reserved': '433 me bob :Why',
  'nick-confusable': '433 me bob :Why',
  'room-bad': '403 me #a :Why',
  'no-such-nick': '401 me bob :No such nick/channel',
  'no-such-room': '403 me #a :No such channel',
  'not-in-room': "442 me #a :You're not on that channel",
  'they-are-not-in-room': "441 me bob #a :They aren't on that channel",
  'already-in-room': '443 me bob #a :is already on channel',
  'cannot-speak': '404 me #a :Why',
  banned: '474 me #a :Cannot join channel (+b)',
  'key-wrong': '475 me #a :Cannot join channel (+k)',
  'invite-only': '473 me #a :Cannot join channel (+i)',
  'room-full': '471 me #a :Cannot join channel (+l)',
  'too-many-rooms': '405 me #a :You have joined too many channels',
  'not-room-operator': "482 me #a :You're not channel operator",
  'not-operator': "481 me :Permission Denied- You're not an IRC operator",
  'password-wrong': '464 me :Password incorrect',
  'account-taken': '400 me X :Why',
  'password-weak': '400 me X :Why',
  'password-bad': '400 me X :Why',
  'register-closed': '400 me X :Why',
  'already-logged-in': '907 me :You have already authenticated using SASL',
  'text-missing': '412 me :No text to send',
  'text-too-long': '417 me :Input line was too long',
  'mode-unknown': '472 me b :is unknown mode char to me',
  'value-bad': '696 me #a b v :Why',
  'list-full': '478 me #a b :Channel list is full',
  'history-off': '400 me X :Why',
  limited: '263 me X :Why; wait 2 seconds',
  muted: '404 me #a :Why; wait 2 seconds',
  'server-full': '400 me X :Why',
  'not-entered': '451 me :You have not registered',
  unavailable: '400 me X :Why',
}

test('every fault has its numeric', () => {
  for (const [code, wanted] of Object.entries(lines) as [FaultCode, string][]) {
    const wait = code === 'limited' || code === 'muted' ? { waitMs: 1_500 } : {}
    const fault = { code, message: 'Why', ...wait }
    const { name, params, text } = numericOf(fault, { command: 'X', room: '#a', nick: 'bob', letter: 'b', value: 'v' })
    assert.equal(formatMessage(numericLine('s', 'me', name, params, text)), `:s ${wanted}`, code)
  }
})

test('who may not speak gets 404, whatever the reason', () => {
  for (const code of ['banned', 'not-in-room', 'invite-only', 'cannot-speak'] as const) {
    const { name, text } = numericOf({ code, message: 'Why' }, { command: 'PRIVMSG', room: '#a' })
    assert.deepEqual([name, text], ['ERR_CANNOTSENDTOCHAN', 'Why'], code)
  }
})

test('the seconds to wait are those of now, not those in the message', () => {
  assert.equal(saidOf({ code: 'limited', message: 'Too often; wait 30 s', waitMs: 900 }), 'Too often; wait 1 second')
  assert.equal(saidOf({ code: 'limited', message: 'Too often' }), 'Too often')
})
