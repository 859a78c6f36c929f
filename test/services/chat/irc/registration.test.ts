/** How a client becomes a member: NICK, USER, CAP, SASL, accounts, and what ends it before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, House } from './irc-house.js'

const plain = (...parts: string[]): string => Buffer.from(parts.join('\0')).toString('base64')
const numbers = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ')[1] ?? '')

test('NICK and USER in either order are welcomed with 001 to 005, counts and the message of the day', async () => {
  const house = new House({ motd: 'hello' })
  const wanted = [
    '001',
    '002',
    '003',
    '004',
    '005',
    '005',
    '251',
    '252',
    '253',
    '254',
    '255',
    '265',
    '266',
    '375',
    '372',
    '376',
  ]
  const one = house.connect()
  assert.deepEqual(numbers(await one.ask('NICK one', 'USER one 0 * :One')), wanted)
  const two = house.connect()
  assert.deepEqual(numbers(await two.ask('PASS any', 'USER two 0 * :Two', 'NICK two')), wanted)
  assert.equal(two.desk.me?.user, 'two')
  assert.equal(two.desk.me?.realname, 'Two')
})

test('before that only what belongs to it is understood', async () => {
  const client = new House().connect()
  assert.deepEqual(await client.ask('JOIN #a', 'BLURT', 'PRIVMSG a :b'), [
    ':irc.test 451 * :You have not registered',
    ':irc.test 451 * :You have not registered',
    ':irc.test 451 * :You have not registered',
  ])
  assert.deepEqual(await client.ask('PING x', 'NICK', 'USER a b', 'USER', 'PASS', 'CAP BLURT', 'CAP'), [
    ':irc.test PONG irc.test :x',
    ':irc.test 431 * :No nickname given',
    ':irc.test 461 * USER :Not enough parameters',
    ':irc.test 461 * USER :Not enough parameters',
    ':irc.test 461 * PASS :Not enough parameters',
    ':irc.test 410 * BLURT :Invalid CAP command',
    ':irc.test 461 * CAP :Not enough parameters',
  ])
})

test('a nick that is taken or bad is asked for again, and then it goes on', async () => {
  const house = new House()
  await house.member('alice')
  const client = house.connect()
  assert.deepEqual(
    await client.ask('USER x 0 * :X', 'NICK Alice'),
    [':irc.test 433 Alice Alice :Nickname is already in use'].map((line) => line.replace('433 Alice', '433 *')),
  )
  assert.match((await client.ask('NICK #x'))[0] ?? '', /^:irc\.test 432 \* #x :/)
  assert.equal(numbers(await client.ask('NICK bob'))[0], '001')
})

test('two that register one nick at once: one gets it', async () => {
  const house = new House()
  const clients = [house.connect(), house.connect()]
  const answers = await Promise.all(clients.map((client) => client.ask('NICK same', 'USER same 0 * :S')))
  assert.deepEqual(answers.map((lines) => numbers(lines)[0]).sort(), ['001', '433'])
})

test('capabilities are listed, asked for all or none, and hold registration up until CAP END', async () => {
  const client = new House().connect()
  const [list = ''] = await client.ask('CAP LS 302')
  assert.match(list, /^:irc\.test CAP \* LS :.*\bsasl=PLAIN\b/)
  for (const name of 'account-notify account-tag away-notify batch cap-notify chghost draft/chathistory echo-message extended-join labeled-response message-tags multi-prefix server-time setname standard-replies userhost-in-names draft/account-registration'.split(
    ' ',
  )) {
    assert.ok(list.includes(name), name)
  }
  assert.deepEqual(await client.ask('NICK a', 'USER a 0 * :A'), [])
  assert.deepEqual(
    await client.ask(
      'CAP REQ :batch nonsense',
      'CAP LIST',
      'CAP REQ :batch echo-message',
      'CAP REQ :-batch',
      'CAP LIST',
    ),
    [
      ':irc.test CAP a NAK :batch nonsense',
      ':irc.test CAP a LIST :cap-notify',
      ':irc.test CAP a ACK :batch echo-message',
      ':irc.test CAP a ACK :-batch',
      ':irc.test CAP a LIST :cap-notify echo-message',
    ],
  )
  assert.deepEqual(await client.ask('CAP REQ :-cap-notify'), [':irc.test CAP a NAK :-cap-notify'])
  assert.equal(numbers(await client.ask('CAP END'))[0], '001')
})

test('without a version no values are listed; a long list takes several lines', async () => {
  const house = new House({ name: `${'very-'.repeat(60)}long.test` })
  const old = await house.connect().ask('CAP LS')
  assert.equal(old.length, 1)
  assert.doesNotMatch(old[0] ?? '', /=/)
  const lines = await house.connect().ask('CAP LS 302')
  assert.ok(lines.length > 1)
  assert.ok(lines.slice(0, -1).every((line) => line.includes(' LS * :')) && !lines.at(-1)?.includes(' LS * :'))
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= 510))
})

test('a long request is granted in as many lines as it takes', async () => {
  const client = new House().connect()
  const words = Array.from({ length: 49 }, (_, at) => (at % 2 === 0 ? 'echo-message' : '-batch'))
  const lines = await client.ask(`CAP REQ :${words.join(' ')}`)
  assert.equal(lines.length, 2)
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= 510 && line.startsWith(':irc.test CAP * ACK :')))
  assert.deepEqual(
    lines.flatMap((line) => line.slice(line.lastIndexOf(':') + 1).split(' ')),
    words,
  )
  assert.deepEqual(await client.ask('CAP REQ :'), [':irc.test CAP * ACK :'])
})

test('what is switched off is not offered, nor in ISUPPORT', async () => {
  const house = new House({ history: 'none', register: false })
  const client = house.connect()
  const [list = ''] = await client.ask('CAP LS 302')
  assert.doesNotMatch(list, /chathistory|account-registration/)
  const welcome = (await client.ask('NICK a', 'USER a 0 * :A', 'CAP END')).join('\n')
  assert.doesNotMatch(welcome, /CHATHISTORY|MSGREFTYPES|MONITOR/)
})

test('ISUPPORT says what is true', async () => {
  const house = new House({ network: 'My Net' })
  const lines = await house.connect().ask('NICK a', 'USER a 0 * :A')
  const support = lines.filter((line) => line.includes(' 005 '))
  const tokens = new Set(support.flatMap((line) => line.split(' :are')[0]?.split(' ').slice(3) ?? []))
  for (const token of [
    'CASEMAPPING=ascii',
    'CHANMODES=beIq,k,l,imnst',
    'CHANTYPES=#',
    'EXCEPTS=e',
    'INVEX=I',
    'NETWORK=My\\x20Net',
    'PREFIX=(ov)@+',
    'UTF8ONLY',
    'WHOX',
    'NICKLEN=32',
    'CHANNELLEN=50',
    'KEYLEN=50',
    'TOPICLEN=390',
    'MAXLIST=beIq:100',
    'MODES=6',
    'CHATHISTORY=100',
    'MSGREFTYPES=msgid,timestamp',
    'CHANLIMIT=#:50',
  ]) {
    assert.ok(tokens.has(token), token)
  }
})

async function sasl(client: Client, ...words: string[]): Promise<string[]> {
  return client.ask('AUTHENTICATE PLAIN', ...words.map((word) => `AUTHENTICATE ${word}`))
}

async function negotiating(house: House): Promise<Client> {
  const client = house.connect()
  await client.send('CAP LS 302', 'CAP REQ :sasl', 'NICK ann', 'USER ann 0 * :Ann')
  client.take()
  return client
}

test('SASL PLAIN logs in before the welcome, also in pieces of 400 bytes', async () => {
  const house = new House()
  house.accounts.set('ann', 'secret').set('long', 'p'.repeat(294))
  const client = await negotiating(house)
  assert.deepEqual(await sasl(client, plain('', 'ann', 'secret')), [
    'AUTHENTICATE +',
    ':irc.test 900 ann ann!ann@* ann :You are now logged in as ann',
    ':irc.test 903 ann :SASL authentication successful',
  ])
  assert.deepEqual(await client.ask('AUTHENTICATE PLAIN'), [
    ':irc.test 907 ann :You have already authenticated using SASL',
  ])
  await client.send('CAP END')
  assert.equal(client.desk.me?.account, 'ann')
  const other = await negotiating(house)
  const text = plain('', 'long', 'p'.repeat(294))
  assert.equal(text.length, 400)
  assert.deepEqual(numbers(await sasl(other, text, '+')), ['+', '900', '903'])
})

test('SASL: wrong, aborted, too long, unknown, not asked for; the third wrong password ends it', async () => {
  const house = new House()
  house.accounts.set('ann', 'secret')
  const client = await negotiating(house)
  assert.deepEqual(numbers(await sasl(client, '*')), ['+', '906'])
  assert.deepEqual(await client.ask('AUTHENTICATE EXTERNAL'), [
    ':irc.test 908 ann PLAIN :are available SASL mechanisms',
    ':irc.test 904 ann :SASL authentication failed',
  ])
  assert.deepEqual(numbers(await sasl(client, 'x'.repeat(401))), ['+', '905'])
  assert.deepEqual(numbers(await sasl(client, ...Array.from({ length: 5 }, () => 'A'.repeat(400)))), ['+', '905'])
  assert.deepEqual(numbers(await sasl(client, '!!!')), ['+', '904'])
  assert.deepEqual(numbers(await sasl(client, plain('bob', 'ann', 'secret'))), ['+', '904'])
  const last = await sasl(client, plain('', 'ann', 'wrong'))
  assert.match(last.at(-1) ?? '', /^ERROR :Closing link: \(ann\) \[Too many failed logins\]$/)
  assert.equal(client.ended, 'Too many failed logins')
  const plainClient = house.connect()
  assert.deepEqual(numbers(await plainClient.ask('AUTHENTICATE PLAIN')), ['904'])
})

test('REGISTER tells a password that is too short or too long by its code, and a name that cannot be', async () => {
  const house = new House({ register: true })
  const alice = await house.member('alice')
  for (const [code, wanted] of [
    ['password-weak', 'WEAK_PASSWORD'],
    ['password-bad', 'UNACCEPTABLE_PASSWORD'],
    ['nick-bad', 'BAD_ACCOUNT_NAME'],
  ] as const) {
    house.override = (name) => (name === 'register' ? { fault: { code, message: 'Why' } } : undefined)
    assert.deepEqual(await alice.ask('REGISTER * * x'), [`:irc.test FAIL REGISTER ${wanted} alice :Why`])
  }
})

test('REGISTER makes an account where that is allowed, and logs in', async () => {
  const house = new House()
  const early = house.connect()
  assert.match(
    (await early.ask('REGISTER * * pass'))[0] ?? '',
    /^:irc\.test FAIL REGISTER COMPLETE_CONNECTION_REQUIRED :/,
  )
  const client = await house.member('ann', 'account-notify')
  assert.deepEqual(await client.ask('REGISTER * * secret'), [
    ':ann!ann@host.test ACCOUNT ann',
    ':irc.test REGISTER SUCCESS ann :Account registered',
    ':irc.test 900 ann ann!ann@host.test ann :You are now logged in as ann',
  ])
  const other = await house.member('bob')
  assert.deepEqual(await other.ask('REGISTER ann * x'), [
    ':irc.test FAIL REGISTER ACCOUNT_EXISTS ann :That is not right',
  ])
  assert.match((await other.ask('VERIFY bob 1234'))[0] ?? '', /^:irc\.test FAIL VERIFY INVALID_CODE bob :/)
})

test('who has not registered after 60 s, and who is silent for 150 s, is gone; at 90 s it is asked', async () => {
  const house = new House()
  const slow = house.connect()
  await slow.send('NICK slow')
  const silent = await house.member('silent')
  const alive = await house.member('alive')
  house.clock.advance(62_000)
  assert.deepEqual(slow.take(), ['ERROR :Closing link: (slow) [Registration timed out]'])
  assert.equal(slow.ended, 'Registration timed out')
  house.clock.advance(30_000)
  assert.deepEqual(silent.take(), ['PING :irc.test'])
  assert.deepEqual(await alive.ask('PONG irc.test'), [])
  house.clock.advance(60_000)
  assert.deepEqual(silent.take(), ['ERROR :Closing link: (silent) [Ping timeout: 150 seconds]'])
  assert.equal(alive.ended, undefined)
  assert.equal(house.rooms.memberIdOfNick('silent'), undefined)
})

test('a browser that was led here is dropped without a word', async () => {
  for (const line of ['POST / HTTP/1.1', 'OPTIONS * HTTP/1.1', `GET /${'x'.repeat(2_000)} HTTP/1.1`]) {
    const client = new House().connect()
    assert.deepEqual(await client.ask(line, 'NICK a', 'USER a 0 * :A'), [])
    assert.ok(client.isClosed)
  }
})

test('1,025 lines before the welcome are too many', async () => {
  const house = new House()
  const client = house.connect()
  for (let line = 0; line < 1_100; line++) await client.send('PONG x')
  assert.equal(client.ended, 'Too many lines')
})

test('accounts that go with the owner are told to who asked (CAP DEL, CAP NEW)', async () => {
  const house = new House()
  const client = await house.member('ann', 'cap-notify')
  client.front.connection?.('lost')
  assert.match(
    client.take().join('\n'),
    /^:irc\.test CAP ann DEL :draft\/account-registration sasl\n:irc\.test NOTICE ann :/,
  )
  client.front.connection?.('back')
  assert.match(
    client.take().join('\n'),
    /^:irc\.test CAP ann NEW :draft\/account-registration sasl\n:irc\.test NOTICE ann :/,
  )
})

test('an owner that is away, full or refuses ends the connection with the reason', async () => {
  for (const [code, number] of [
    ['server-full', 'ERROR'],
    ['unavailable', 'ERROR'],
    ['banned', '465'],
  ] as const) {
    const house = new House()
    house.override = (name) => (name === 'enter' ? { fault: { code, message: 'Not now' } } : undefined)
    const client = house.connect()
    const lines = await client.ask('NICK a', 'USER a 0 * :A')
    assert.ok(lines[0]?.includes(number), lines[0])
    assert.equal(lines.at(-1), 'ERROR :Closing link: (a) [Not now]')
    assert.equal(client.ended, 'Not now')
  }
})

test('who logs in to the account of a stay that broke off goes on with it, in its rooms', async () => {
  const house = new House()
  house.accounts.set('ann', 'secret')
  const ask = {
    nick: 'ann',
    user: 'ws',
    realname: 'Ann',
    transport: 'ws',
    address: '192.0.2.8',
    account: 'ann',
  } as const
  const entered = house.apply(undefined, 'enter', ask)
  assert.ok('ok' in entered)
  const { id } = entered.ok.me
  house.apply(id, 'join', { room: '#a' })
  house.apply(id, 'topic', { room: '#a', topic: 'still here' })
  house.rooms.lost(id, 'Gone', house.clock.wallMs(), 60_000)
  const client = await negotiating(house)
  await sasl(client, plain('', 'ann', 'secret'))
  const lines = await client.ask('CAP END')
  assert.deepEqual(
    lines.slice(-5).map((line) => line.replace(/ \d+$/, ' …')),
    [
      ':ann!ws@host.test JOIN #a',
      ':irc.test 332 ann #a :still here',
      ':irc.test 333 ann #a ann!ws@host.test …',
      ':irc.test 353 ann = #a :@ann',
      ':irc.test 366 ann #a :End of /NAMES list',
    ],
  )
})
