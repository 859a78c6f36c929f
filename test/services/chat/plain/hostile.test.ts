/** Whatever is sent, the fronts go on, ask only what is well formed, and send strangers nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesFront } from '#lanework/services/chat/plain/lines-front.js'
import { commandTable } from '#lanework/services/chat/plain/commands.js'
import { SeededRandom } from '#lanework/testing/index.js'
import type { Say } from '#lanework/services/chat/types.js'
import { refuse, scriptedDesk, settled, type ScriptedDesk } from './scripted-desk.js'
import { elsewhere, udpRoom } from './udp-room.js'

const messages = 100_000
const seed = 20_261

/** Random bytes, commands with random words, and things that look like what they are not. */
function randomMessage(random: SeededRandom): Buffer {
  const size = Math.floor(random.next() * 60)
  const bytes = Buffer.from(Array.from({ length: size }, () => Math.floor(random.next() * 256)))
  const heads = ['', '/', '//', '-- ', 'HELLO lanework', 'JOIN ', 'COOKIE ', '\u001b]0;', '\r\n']
  const kind = Math.floor(random.next() * (heads.length + 2))
  if (kind < heads.length) return Buffer.concat([Buffer.from(heads[kind] ?? ''), bytes])
  const { name } = commandTable[Math.floor(random.next() * commandTable.length)] ?? { name: 'help' }
  // Whoever quits has no more to say.
  return Buffer.concat([
    Buffer.from(`/${name === 'quit' ? 'me' : name} `),
    kind === heads.length ? bytes : Buffer.from('#a b +m'),
  ])
}

/** Answers everything with a fault, so that these are shown too. */
function faulty(desk: ScriptedDesk): void {
  const names = [
    'nick',
    'part',
    'topic',
    'mode',
    'modes',
    'kick',
    'invite',
    'away',
    'names',
    'list',
    'who',
    'whois',
    'history',
    'login',
  ] as const
  for (const name of names)
    desk.script[name] = (ask: object) => refuse('value-bad', 'No', { about: JSON.stringify(ask) })
}

function check(desk: ScriptedDesk): void {
  for (const { name, ask } of desk.asked) {
    if (name !== 'say') continue
    const { text, bytes } = ask as Say
    assert.ok((text === undefined) !== (bytes === undefined))
    assert.ok(text === undefined || !/[\r\n]/.test(text), JSON.stringify(text))
  }
  desk.asked.length = 0
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  for (const sent of desk.news()) assert.match(sent, /^-- [^\0-\x08\x0b-\x1f\x7f]*$/)
}

describe(`${messages} random messages`, () => {
  it('do a UDP member no harm', async () => {
    const random = new SeededRandom(seed)
    const { desk, front } = udpRoom()
    faulty(desk)
    for (let count = 0; count < messages; count++) {
      void front.receive(randomMessage(random))
      if (count % 32 !== 0) continue
      // oxlint-disable-next-line no-await-in-loop -- answers come in between
      await settled()
      check(desk)
    }
    assert.deepEqual(desk.ended, [])
  })

  it('get strangers nothing', () => {
    const random = new SeededRandom(seed)
    const { desk, front, counts } = udpRoom(elsewhere)
    for (let count = 0; count < messages; count++) void front.receive(randomMessage(random))
    assert.deepEqual([desk.sent.length, desk.asked.length, counts.length], [0, 0, messages])
  })

  it('do a line client no harm', async () => {
    const random = new SeededRandom(seed)
    const desk = scriptedDesk({ scheme: 'tcp' })
    faulty(desk)
    const front = linesFront(desk)
    for (let count = 0; count < messages; count++) {
      // oxlint-disable-next-line no-await-in-loop -- a line comes when the one before is done
      await front.receive(randomMessage(random))
      if (count % 1_000 === 0) check(desk)
    }
    check(desk)
    assert.deepEqual(desk.ended, [])
  })
})
