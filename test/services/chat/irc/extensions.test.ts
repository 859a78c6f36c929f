/** What capabilities change: tags, echoes, labels, batches, notices of changes, CHATHISTORY. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, House } from './irc-house.js'

async function room(house: House, ...members: Client[]): Promise<void> {
  for (const member of members) await member.send('JOIN #a')
  for (const member of members) member.take()
  house.clock.advance(10_000)
}

const withoutTags = (line: string): string => line.replace(/^@\S+ /, '')
const tagsOf = (line: string): Record<string, string> =>
  Object.fromEntries(
    (/^@(\S+) /.exec(line)?.[1] ?? '')
      .split(';')
      .map((tag) => [tag.split('=')[0] ?? '', tag.slice(tag.indexOf('=') + 1)]),
  )

test('server-time, msgid, account and client-only tags go to who understands them', async () => {
  const house = new House()
  house.accounts.set('alice', 'x')
  const alice = house.connect()
  await alice.send(
    'CAP REQ :message-tags sasl',
    'AUTHENTICATE PLAIN',
    `AUTHENTICATE ${Buffer.from('\0alice\0x').toString('base64')}`,
  )
  await alice.send('NICK alice', 'USER alice 0 * :A', 'CAP END')
  const tagged = await house.member('bob', 'message-tags', 'server-time', 'account-tag')
  const timed = await house.member('tim', 'server-time')
  const bare = await house.member('old')
  await room(house, alice, tagged, timed, bare)
  await alice.send('@+example.org/x=1;+typing=a\\sb;secret=1;label=2 PRIVMSG #a :hi')
  const [line = ''] = tagged.take()
  assert.equal(withoutTags(line), ':alice!alice@host.test PRIVMSG #a :hi')
  const { time, msgid, ...rest } = tagsOf(line)
  assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.match(msgid ?? '', /^[0-9a-f]{16}$/)
  assert.deepEqual(rest, { account: 'alice', '+example.org/x': '1', '+typing': 'a\\sb' })
  assert.match(timed.take()[0] ?? '', /^@time=\S+Z :alice!alice@host\.test PRIVMSG #a :hi$/)
  assert.deepEqual(bare.take(), [':alice!alice@host.test PRIVMSG #a :hi'])
  await alice.send('@+typing=active TAGMSG #a', 'TAGMSG #a', '@nothing=1 TAGMSG #a')
  assert.match(
    tagged.take().join('\n'),
    /^@time=\S+;account=alice;msgid=\S+;\+typing=active :alice!alice@host\.test TAGMSG #a$/,
  )
  assert.deepEqual([...timed.take(), ...bare.take()], [])
})

test('echo-message returns what was said, with the label; ACK answers where nothing else does', async () => {
  const house = new House()
  const echo = await house.member('echo', 'echo-message', 'labeled-response', 'batch', 'message-tags')
  const quiet = await house.member('quiet', 'labeled-response', 'batch')
  await room(house, echo, quiet)
  const [line = ''] = await echo.ask('@label=abc PRIVMSG #a :hi')
  assert.equal(tagsOf(line)['label'], 'abc')
  assert.equal(withoutTags(line), ':echo!echo@host.test PRIVMSG #a :hi')
  assert.deepEqual(quiet.take(), [':echo!echo@host.test PRIVMSG #a :hi'])
  assert.deepEqual(await quiet.ask('@label=x PRIVMSG #a :yo'), ['@label=x :irc.test ACK'])
  assert.deepEqual(await quiet.ask('@label=y PONG x'), ['@label=y :irc.test ACK'])
  assert.deepEqual(await quiet.ask('@label=z PRIVMSG nobody :x'), [
    '@label=z :irc.test 401 quiet nobody :No such nick/channel',
  ])
  assert.deepEqual(await quiet.ask(`@label=${'l'.repeat(65)} PONG x`), [])
})

test('a message to oneself comes twice with echo-message, and only the echo has the label', async () => {
  const house = new House()
  const self = await house.member('self', 'echo-message', 'labeled-response', 'batch')
  assert.deepEqual((await self.ask('@label=1 PRIVMSG self :me')).toSorted(), [
    ':self!self@host.test PRIVMSG self :me',
    '@label=1 :self!self@host.test PRIVMSG self :me',
  ])
})

test('an answer of several lines is one batch with the label; JOIN is part of its own', async () => {
  const house = new House()
  const client = await house.member('lab', 'labeled-response', 'batch')
  assert.deepEqual(await client.ask('@label=j JOIN #new'), [
    '@label=j :irc.test BATCH +1 labeled-response',
    '@batch=1 :lab!lab@host.test JOIN #new',
    '@batch=1 :irc.test 353 lab = #new :@lab',
    '@batch=1 :irc.test 366 lab #new :End of /NAMES list',
    ':irc.test BATCH -1',
  ])
})

test("others' words do not get into a labelled answer", async () => {
  const house = new House()
  const client = await house.member('lab', 'labeled-response', 'batch')
  const other = await house.member('other')
  await room(house, client, other)
  const whois = client.send('@label=w WHOIS other')
  await other.send('PRIVMSG #a :in between')
  await whois
  const lines = client.take()
  assert.ok(lines.includes(':other!other@host.test PRIVMSG #a :in between'))
  assert.ok(lines.filter((line) => line.startsWith('@batch=')).every((line) => !line.includes('PRIVMSG')))
})

test('multi-prefix, userhost-in-names and extended-join', async () => {
  const house = new House()
  const op = await house.member('op')
  await op.send('JOIN #a', 'MODE #a +v op')
  const many = await house.member('many', 'multi-prefix', 'userhost-in-names', 'extended-join')
  assert.deepEqual(await many.ask('JOIN #a'), [
    ':many!many@host.test JOIN #a * :many Real',
    ':irc.test 353 many = #a :@+op!op@host.test many!many@host.test',
    ':irc.test 366 many #a :End of /NAMES list',
  ])
  assert.equal(op.take().at(-1), ':many!many@host.test JOIN #a')
  assert.deepEqual(await many.ask('WHO #a'), [
    ':irc.test 352 many #a op host.test irc.test op H@+ :0 op Real',
    ':irc.test 352 many #a many host.test irc.test many H :0 many Real',
    ':irc.test 315 many #a :End of WHO list',
  ])
})

test('away-notify, account-notify, setname and chghost go to who asked for them', async () => {
  const house = new House()
  const all = await house.member('all', 'away-notify', 'account-notify', 'setname', 'chghost')
  const none = await house.member('none')
  const doer = await house.member('doer', 'setname')
  await room(house, all, none, doer)
  assert.deepEqual(await doer.ask('AWAY :gone', 'AWAY', 'SETNAME :New Name', 'REGISTER * * pw'), [
    ':irc.test 306 doer :You have been marked as being away',
    ':irc.test 305 doer :You are no longer marked as being away',
    ':doer!doer@host.test SETNAME :New Name',
    ':irc.test REGISTER SUCCESS doer :Account registered',
    ':irc.test 900 doer doer!doer@host.test doer :You are now logged in as doer',
  ])
  const { me } = doer.desk
  assert.ok(me)
  house.deliver([
    { audience: { to: 'room', room: '#a' }, hearing: { event: 'rehosted', by: me, user: 'u', host: 'h', atMs: 0 } },
  ])
  assert.deepEqual(all.take(), [
    ':doer!doer@host.test AWAY :gone',
    ':doer!doer@host.test AWAY',
    ':doer!doer@host.test SETNAME :New Name',
    ':doer!doer@host.test ACCOUNT doer',
    ':doer!doer@host.test CHGHOST u h',
  ])
  assert.deepEqual(none.take(), [])
  await doer.send('PART #a', 'AWAY :far')
  all.take()
  await doer.send('JOIN #a')
  assert.deepEqual(all.take(), [':doer!doer@host.test JOIN #a', ':doer!doer@host.test AWAY :far'])
  assert.match((await doer.ask('SETNAME :'))[0] ?? '', /^:irc\.test FAIL SETNAME INVALID_REALNAME :/)
})

test('invite-notify: operators of the room that asked for it see who is invited', async () => {
  const house = new House()
  const inviter = await house.member('inviter', 'invite-notify')
  const notified = await house.member('notified', 'invite-notify')
  const bare = await house.member('bare')
  const plainMember = await house.member('plain', 'invite-notify')
  const guest = await house.member('guest')
  await room(house, inviter, notified, bare, plainMember)
  await inviter.send('MODE #a +oo notified bare')
  for (const client of [notified, bare, plainMember]) client.take()
  assert.deepEqual(await inviter.ask('INVITE guest #a'), [':irc.test 341 inviter guest #a'])
  const line = ':inviter!inviter@host.test INVITE guest #a'
  assert.deepEqual([notified.take(), bare.take(), plainMember.take(), guest.take()], [[line], [], [], [line]])
})

const historyCaps = ['draft/chathistory', 'batch', 'server-time', 'message-tags']

async function withHistory(house: House): Promise<{ reader: Client; ids: string[]; times: string[] }> {
  const reader = await house.member('reader', ...historyCaps)
  const writer = await house.member('writer')
  await room(house, reader, writer)
  for (let at = 0; at < 6; at++) {
    await writer.send(`PRIVMSG #a :m${at}`)
    house.clock.advance(1_000)
  }
  reader.take()
  const said = house.history('#a')
  return { reader, ids: said.map(({ id }) => id), times: said.map(({ atMs }) => new Date(atMs).toISOString()) }
}

const textsOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('PRIVMSG')).map((line) => line.slice(line.lastIndexOf(':') + 1))

test('CHATHISTORY: LATEST, BEFORE, AFTER, AROUND and BETWEEN, by id and by time, in one batch', async () => {
  const house = new House()
  const { reader, ids, times } = await withHistory(house)
  const texts = async (query: string): Promise<string> => textsOf(await reader.ask(`CHATHISTORY ${query}`)).join(' ')
  const lines = await reader.ask('CHATHISTORY LATEST #a * 2')
  assert.equal(lines.length, 4)
  assert.match(lines[0] ?? '', /^:irc\.test BATCH \+\w+ chathistory #a$/)
  assert.equal(lines[1], `@batch=1;time=${times[4]};msgid=${ids[4]} :writer!writer@host.test PRIVMSG #a :m4`)
  assert.match(lines[3] ?? '', /^:irc\.test BATCH -\w+$/)
  const ms = (at: number): string => `timestamp=${times[at]}`
  const id = (at: number): string => `msgid=${ids[at]}`
  assert.equal(await texts(`LATEST #a ${id(3)} 10`), 'm4 m5')
  assert.equal(await texts(`BEFORE #a ${ms(3)} 2`), 'm1 m2')
  assert.equal(await texts(`AFTER #a ${id(1)} 2`), 'm2 m3')
  assert.equal(await texts(`BETWEEN #a ${id(1)} ${ms(4)} 10`), 'm2 m3')
  house.clock.advance(60_000)
  assert.equal(await texts(`BETWEEN #a ${ms(4)} ${ms(1)} 1`), 'm3')
  assert.equal(await texts(`AROUND #a ${id(3)} 4`), 'm2 m3 m4 m5')
  assert.equal(await texts('LATEST #a * 1000'), 'm0 m1 m2 m3 m4 m5')
})

test('CHATHISTORY: labels, targets, and what is wrong is a FAIL', async () => {
  const house = new House()
  const { reader } = await withHistory(house)
  await reader.send('CAP REQ :labeled-response')
  const lines = await reader.ask('@label=h CHATHISTORY LATEST #a * 1')
  assert.match(lines[0] ?? '', /^@label=h :irc\.test BATCH \+\w+ chathistory #a$/)
  const targets = await reader.ask(
    'CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00Z 5',
  )
  assert.match(
    targets.join('\n'),
    /BATCH \+(\w+) draft\/chathistory-targets\n@batch=\1 :irc\.test CHATHISTORY TARGETS #a \d{4}-.*Z\n.*BATCH -\1$/,
  )
  for (const query of [
    '',
    'BLURT #a * 1',
    'LATEST',
    'LATEST #a *',
    'LATEST #a * 0',
    'LATEST #a * x',
    'BEFORE #a * 1',
    'BEFORE #a timestamp=yesterday 1',
    'BETWEEN #a msgid=1 5',
    'AFTER #a msgid=1 5',
    'BEFORE #a msgid=zz 5',
    'AROUND #a msgid=00000000000000001 5',
    'LATEST #a msgid=../../../../../.. 5',
    'BETWEEN #a msgid=0000000000000001 msgid=000000000000000G 5',
    'LATEST #a * 1 2',
    'TARGETS msgid=1 msgid=2 5',
  ]) {
    house.clock.advance(5_000)
    const [line = ''] = await reader.ask(`CHATHISTORY ${query}`)
    assert.match(line, /^:irc\.test FAIL CHATHISTORY INVALID_PARAMS \S+ :/, query)
  }
  const [line = ''] = await reader.ask('CHATHISTORY LATEST #none * 1')
  assert.match(line, /^:irc\.test FAIL CHATHISTORY INVALID_TARGET LATEST #none :/)
  const bare = await house.member('bare', 'draft/chathistory')
  await bare.send('JOIN #a')
  assert.deepEqual(await bare.ask('CHATHISTORY LATEST #a * 1'), [':writer!writer@host.test PRIVMSG #a :m5'])
})

test('members with equal capabilities share one encoding, whoever they are', async () => {
  const house = new House()
  const members = [
    await house.member('a1'),
    await house.member('a2'),
    await house.member('a3', 'multi-prefix'),
    await house.member('b1', 'server-time'),
    await house.member('b2', 'server-time', 'away-notify'),
  ]
  await room(house, ...members)
  house.encodings = 0
  const speaker = house.asker('udp')
  speaker('join', { room: '#a' })
  assert.equal(house.encodings, 3)
  house.encodings = 0
  speaker('say', { to: '#a', kind: 'message', text: 'hi' })
  assert.equal(house.encodings, 2)
  assert.deepEqual(
    members.map((member) => member.take().length),
    [2, 2, 2, 2, 2],
  )
})
