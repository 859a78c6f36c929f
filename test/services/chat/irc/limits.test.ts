/** What is bounded: lines, texts, costs, waits; and what bad input does: nothing but to be answered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commands } from '#lanework/services/chat/irc/front.js'
import { numerics } from '#lanework/services/chat/irc/wire/numerics.js'
import { parseMessage } from '#lanework/services/chat/irc/wire/message.js'
import { turns } from '../../../support/until.js'
import { type Client, House } from './irc-house.js'

const seed = Date.now() % 1_000_000_000

async function inRoom(house: House, ...names: string[]): Promise<Client[]> {
  const clients: Client[] = []
  for (const name of names) clients.push(await house.member(name))
  for (const client of clients) await client.send('JOIN #a')
  for (const client of clients) client.take()
  house.clock.advance(10_000)
  return clients
}

test('a line that is too long is told and not run; tags have their own limit', async () => {
  const [alice, bob] = (await inRoom(new House(), 'alice', 'bob')) as [Client, Client]
  const fits = `PRIVMSG #a :${'x'.repeat(510 - 12)}`
  assert.deepEqual(await alice.ask(fits), [])
  assert.equal(bob.take().length, 2)
  const tooLong = [':irc.test 417 alice :Input line was too long']
  assert.deepEqual(await alice.ask(`${fits}x`), tooLong)
  assert.deepEqual(await alice.ask(`@+a=${'y'.repeat(4_091)} PRIVMSG #a :x`), [])
  assert.deepEqual(await alice.ask(`@+a=${'y'.repeat(4_092)} PRIVMSG #a :x`), tooLong)
  assert.deepEqual(await alice.ask(`@${'y'.repeat(60_000)}`), tooLong)
  assert.equal(bob.take().length, 1)
})

test('a text of 2,000 bytes from elsewhere is cut into lines that fit, and none of it is lost', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  const tagged = await house.member('tagged', 'message-tags')
  await tagged.send('JOIN #a')
  const udp = house.asker('uwe')
  udp('join', { room: '#a' })
  alice.take()
  tagged.take()
  for (const [text, kind] of [
    ['word '.repeat(400).trim(), 'message'],
    ['啊'.repeat(666), 'notice'],
    ['👩‍👩‍👧‍👦'.repeat(79), 'action'],
  ] as const) {
    udp('say', { to: '#a', kind, text })
    const lines = alice.take()
    assert.ok(lines.length >= 4)
    assert.ok(lines.every((line) => Buffer.byteLength(line) <= 510 && line.isWellFormed()))
    const parts = lines.map((line) =>
      (parseMessage(line)?.params[1] ?? '').replace('\u0001ACTION ', '').replace('\u0001', ''),
    )
    assert.equal(parts.join(kind === 'message' ? ' ' : ''), text)
    const ids = tagged.take().map((line) => parseMessage(line)?.tags.get('msgid'))
    assert.ok(ids[0] !== undefined && ids.slice(1).every((id) => id === undefined))
  }
})

test('bytes that are no UTF-8 are refused by name, and nobody hears them', async () => {
  const house = new House()
  const [alice, bob] = (await inRoom(house, 'alice', 'bob')) as [Client, Client]
  const bad = Buffer.concat([Buffer.from('PRIVMSG #a :caf'), Buffer.from([0xe9])])
  assert.match((await alice.ask(bad))[0] ?? '', /^:irc\.test NOTICE alice :PRIVMSG: Message rejected/)
  await alice.send('CAP REQ :standard-replies')
  assert.match((await alice.ask(bad))[0] ?? '', /^:irc\.test FAIL PRIVMSG INVALID_UTF8 :/)
  assert.match((await alice.ask(Buffer.from([0xff, 0xfe])))[0] ?? '', /^:irc\.test FAIL \* INVALID_UTF8 :/)
  assert.deepEqual(bob.take(), [])
})

test('bytes of a datagram that are no UTF-8 are shown escaped, and CR, LF and NUL never cross', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  const udp = house.asker('uwe')
  udp('join', { room: '#a' })
  alice.take()
  udp('say', { to: '#a', kind: 'message', bytes: Buffer.from([0x68, 0x69, 0xff, 0x21]).toString('base64') })
  udp('say', { to: '#a', kind: 'message', text: 'a\r\nQUIT :x\0\u0001y' })
  udp('topic', { room: '#a', topic: 't\r\nKILL alice' })
  udp('say', { to: '#a', kind: 'message', text: 'x', tags: { '+ok': 'a\r\nb' } })
  const lines = alice.take()
  assert.equal(lines[0], ':uwe!udp@host.test PRIVMSG #a :hi\\xff!')
  assert.equal(lines.length, 3)
  assert.ok(lines.every((line) => line.startsWith(':uwe!udp@host.test ') && !/[\r\n\0]/.test(line)))
})

test('a CR alone ends a line too', async () => {
  const [alice, bob] = (await inRoom(new House(), 'alice', 'bob')) as [Client, Client]
  await alice.send('PRIVMSG #a :one\rPRIVMSG #a :two\r')
  assert.deepEqual(bob.take(), [':alice!alice@host.test PRIVMSG #a :one', ':alice!alice@host.test PRIVMSG #a :two'])
})

test('who speaks too fast is told, with the seconds; a notice is not answered', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  const fault = { code: 'limited', message: 'You speak too fast', waitMs: 2_400, action: 'drop' } as const
  house.override = (name) => (name === 'say' ? { fault } : undefined)
  assert.deepEqual(await alice.ask('PRIVMSG #a :x'), [
    ':irc.test 263 alice PRIVMSG :You speak too fast; wait 3 seconds',
  ])
  assert.deepEqual(await alice.ask('NOTICE #a :x'), [])
  await alice.send('CAP REQ :standard-replies')
  assert.deepEqual(await alice.ask('PRIVMSG #a :x'), [
    ':irc.test FAIL PRIVMSG RATE_LIMITED #a :You speak too fast; wait 3 seconds',
  ])
  house.override = (name) =>
    name === 'say' ? { fault: { code: 'muted', message: 'You are muted', waitMs: 30_000 } } : undefined
  assert.deepEqual(await alice.ask('PRIVMSG #a :x'), [':irc.test 404 alice #a :You are muted; wait 30 seconds'])
})

test('with the action delay a message waits its time, and what follows waits behind it', async () => {
  const house = new House()
  const [alice, bob] = (await inRoom(house, 'alice', 'bob')) as [Client, Client]
  let tries = 0
  const fault = { code: 'limited', message: 'Too fast', waitMs: 500, action: 'delay' } as const
  house.override = (name) => (name === 'say' && ++tries < 3 ? { fault } : undefined)
  const said = alice.send('PRIVMSG #a :late')
  await turns(2)
  assert.equal(tries, 1)
  house.clock.advance(500)
  await turns(2)
  assert.deepEqual([tries, bob.take()], [2, []])
  house.clock.advance(500)
  await said
  assert.deepEqual(bob.take(), [':alice!alice@host.test PRIVMSG #a :late'])
})

test('a client that goes while it waits leaves nothing behind', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  house.override = (name) =>
    name === 'say' ? { fault: { code: 'limited', message: 'x', waitMs: 1e9, action: 'delay' } } : undefined
  const said = alice.send('PRIVMSG #a :never')
  await turns(2)
  alice.front.closed?.({ kind: 'reset' })
  await said
})

test('commands that cost are paced: 60 tokens at once, 6 a second', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  let done = 0
  const flood = (async () => {
    for (let at = 0; at < 20; at++) {
      await alice.send('LIST')
      done++
    }
  })()
  await turns(60)
  assert.equal(done, 6)
  house.clock.advance(1_700)
  await turns(20)
  assert.equal(done, 7)
  for (let second = 0; second < 30; second++) {
    house.clock.advance(1_000)
    await turns(5)
  }
  await flood
  assert.equal(done, 20)
})

test('a long answer leaves in pieces, and stops when the client has gone', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  house.override = (name) =>
    name === 'list'
      ? { ok: Array.from({ length: 1_000 }, (_, at) => ({ room: `#r${at}`, members: 1, createdMs: 0 })) }
      : undefined
  assert.equal((await alice.ask('LIST')).length, 1_002)
  alice.isClosed = true
  assert.ok((await alice.ask('LIST')).length < 300)
})

test('modes with long masks take as many lines as they need', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  const { me } = alice.desk
  assert.ok(me)
  const masks = Array.from({ length: 20 }, (_, at) => `${'m'.repeat(180)}${at}!*@*`)
  const changes = [
    { mode: 'key', on: false } as const,
    ...masks.map((value) => ({ mode: 'ban', on: true, value }) as const),
    { mode: 'limit', on: false } as const,
  ]
  house.deliver([
    { audience: { to: 'room', room: '#a' }, hearing: { event: 'mode', room: '#a', by: me, changes, atMs: 0 } },
  ])
  const lines = alice.take()
  assert.ok(lines.length >= 20 && lines.every((line) => Buffer.byteLength(line) <= 510))
  const heard = lines.flatMap((line) => parseMessage(line)?.params.slice(2) ?? [])
  assert.deepEqual(heard, ['*', ...masks])
  assert.match(lines.at(-1) ?? '', /-l/)
})

test('a client whose message waits for the limit is not silent meanwhile', async () => {
  const house = new House()
  const [alice] = (await inRoom(house, 'alice')) as [Client]
  const waitMs = 170_000
  let isLimited = true
  house.override = (name) =>
    name === 'say' && isLimited
      ? { fault: { code: 'limited', message: 'Slowly', scope: 'peer', action: 'delay', waitMs } }
      : undefined
  const said = alice.send('PRIVMSG #a :later')
  await turns(2)
  house.clock.advance(waitMs - 2_000)
  assert.deepEqual([alice.ended, alice.take()], [undefined, []])
  isLimited = false
  house.clock.advance(2_000)
  await said
  assert.equal(house.stored.at(-1)?.saying.text, 'later')
  house.clock.advance(88_000)
  assert.deepEqual(alice.take(), [], 'silence counts from then on')
  house.clock.advance(4_000)
  assert.deepEqual(alice.take(), ['PING :irc.test'])
  house.clock.advance(60_000)
  assert.equal(alice.ended, 'Ping timeout: 150 seconds')
})

test('names of 1,000 members are packed into lines that fit', async () => {
  const house = new House({ members: 2_000 })
  for (let at = 0; at < 1_000; at++) house.asker(`member-${at}`)('join', { room: '#big' })
  const client = await house.member('last')
  const lines = await client.ask('JOIN #big')
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= 510))
  const names = lines
    .filter((line) => line.includes(' 353 '))
    .flatMap((line) => parseMessage(line)?.params[3]?.split(' ') ?? [])
  assert.equal(new Set(names).size, 1_001)
  assert.ok(lines.length < 60)
})

test(
  '100,000 random lines are answered with well-formed lines, and change nobody else',
  { timeout: 120_000 },
  async () => {
    const house = new House()
    const bystander = await house.member('bystander')
    const word = fc.oneof(
      fc.constantFrom(...commands.keys()),
      fc.constantFrom(
        '#a',
        '#',
        'fuzz',
        'bystander',
        '*',
        '0',
        '+o-v+b',
        ':',
        ':x y',
        ',',
        '#a,#b',
        'LS',
        'REQ',
        'END',
        '302',
        '\u0001ACTION',
        '%tnc,1',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    const line = fc
      .tuple(fc.constantFrom('', '', '@label=1 ', '@+x=y;label=2 ', ':src '), fc.array(word, { maxLength: 7 }))
      .map(([head, words]) => Buffer.from(head + words.join(' ')))
    const raw = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.from(bytes).map((byte) => (byte === 10 ? 32 : byte)))
    const known = new Map(Object.values(numerics).map((row) => [row[0] as string, row[1] as string]))
    let client = await house.member(
      'fuzz',
      'labeled-response',
      'batch',
      'echo-message',
      'message-tags',
      'draft/chathistory',
    )
    let sent = 0
    const lines = fc.sample(fc.oneof(line, line, line, raw), { numRuns: 100_000, seed })
    for (const each of lines) {
      house.clock.advance(3_000)
      if (client.ended !== undefined || client.isClosed) {
        if (client.id !== '') house.apply(client.id, 'quit', { reason: '' })
        client.front.closed?.({ kind: 'reset' })
        house.clients.splice(house.clients.indexOf(client), 1)
        client = await house.member(
          'fuzz',
          'labeled-response',
          'batch',
          'echo-message',
          'message-tags',
          'draft/chathistory',
        )
      }
      await client.send(Buffer.from(each))
      await bystander.send('PONG x')
      sent++
      for (const answer of [...client.take(), ...bystander.take()]) checkAnswer(answer, known)
    }
    assert.equal(sent, 100_000)
    assert.equal(bystander.ended, undefined)
    assert.equal(bystander.desk.me?.nick, 'bystander')
  },
)

/** A numeric has the parameters that its row names. */
function checkAnswer(line: string, known: ReadonlyMap<string, string>): void {
  assert.doesNotMatch(line, /[\r\n\0]/)
  const message = parseMessage(line)
  assert.ok(message, line)
  if (!/^\d+$/.test(message.command)) return
  const row = known.get(message.command)
  assert.ok(row !== undefined, line)
  const least = row === '' ? 0 : row.split(' <').length
  assert.ok(message.params.length > least, line)
}
