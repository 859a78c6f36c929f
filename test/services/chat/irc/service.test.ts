/** IRC clients over real sockets, in one room with members of the other transports. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { can } from '../../../support/capability.js'
import { until } from '../../../support/until.js'
import { serveChat, udpClient } from '../../../support/chat.js'
import { ircClient } from './irc-client.js'

const unlimited = { peer: 'none', address: 'none', room: 'none' } as const

test('IRC, UDP and TCP lines talk in one room', async () => {
  const chat = await serveChat({ name: 'irc.test', limits: unlimited })
  const alice = await ircClient(chat.ports.irc, 'alice')
  const udp = await udpClient(chat.ports.udp)
  const lines = await ircClient(chat.ports.tcp)
  try {
    alice.send('JOIN #lobby')
    await alice.line(/ 366 /)
    udp.send('hello from a datagram')
    assert.match(await alice.line(/ JOIN #lobby/), /^:\S+!udp@\S+ JOIN #lobby$/)
    const said = await alice.line(/PRIVMSG/)
    assert.match(said, /^:\S+!udp@\S+ PRIVMSG #lobby :hello from a datagram$/)
    alice.send('PRIVMSG #lobby :hello from IRC')
    await until('UDP hears it', () => udp.heard.some((text) => text.includes('<alice> hello from IRC')))
    alice.send('PRIVMSG #lobby :\u0001ACTION waves\u0001')
    await until('UDP sees it', () => udp.heard.some((text) => text.includes('* alice waves')))
    lines.socket.write('hello from lines\n')
    assert.match(await alice.line(/PRIVMSG/), /PRIVMSG #lobby :hello from lines$/)
    udp.send(Buffer.from([0xc4, 0xe3, 0x21]))
    assert.match(await alice.line(/PRIVMSG/), /PRIVMSG #lobby :\\xc4\\xe3!$/)
    udp.send('x'.repeat(1_000))
    const parts = [await alice.line(/PRIVMSG/), await alice.line(/PRIVMSG/), await alice.line(/PRIVMSG/)]
    assert.equal(parts.map((part) => part.slice(part.lastIndexOf(':') + 1)).join('').length, 1_000)
    alice.send(`WHOIS ${/^:([^!]+)!/.exec(said)?.[1]}`)
    await alice.line(/ 320 \S+ \S+ :is connected over UDP/)
    alice.send('QUIT :so long')
    await alice.line(/^ERROR :Closing link/)
    await until('the connection ends', () => alice.isEnded)
    await until('UDP hears it', () => udp.heard.some((text) => /alice.*so long/.test(text)))
  } finally {
    alice.close()
    lines.close()
    await udp.close()
    await chat.server.close()
  }
})

test('an account that was made is logged in to with SASL, and history is read', async () => {
  const chat = await serveChat({ name: 'irc.test', register: true, limits: unlimited })
  const ann = await ircClient(chat.ports.irc, 'ann')
  const bob = await ircClient(chat.ports.irc)
  try {
    ann.send('REGISTER * * correct-horse', 'JOIN #den', 'PRIVMSG #den :one', 'PRIVMSG #den :two')
    await ann.line(/REGISTER SUCCESS ann/)
    await ann.line(/ 366 /)
    const word = (text: string): string => Buffer.from(text).toString('base64')
    bob.send(
      'CAP LS 302',
      'NICK bob',
      'USER bob 0 * :B',
      'CAP REQ :sasl batch server-time message-tags draft/chathistory',
    )
    bob.send('AUTHENTICATE PLAIN', `AUTHENTICATE ${word('\0ann\0wrong')}`)
    await bob.line(/ 904 /)
    bob.send('AUTHENTICATE PLAIN', `AUTHENTICATE ${word('\0ann\0correct-horse')}`)
    await bob.line(/ 903 /)
    bob.send('CAP END', 'JOIN #den', 'CHATHISTORY LATEST #den * 10')
    await bob.line(/BATCH \+\w+ chathistory #den/)
    const one = await bob.line(/PRIVMSG #den :one$/)
    const id = /msgid=(\w+)/.exec(one)?.[1] ?? ''
    await bob.line(/PRIVMSG #den :two$/)
    await bob.line(/BATCH -/)
    bob.send(`CHATHISTORY AFTER #den msgid=${id} 10`)
    await bob.line(/BATCH \+/)
    assert.match(await bob.line(/PRIVMSG|BATCH -/), /:two$/)
    bob.send('CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2200-01-01T00:00:00.000Z 10')
    await bob.line(/CHATHISTORY TARGETS #den \d{4}-/)
    ann.send('WHOIS bob')
    await ann.line(/ 330 ann bob ann :is logged in as/)
  } finally {
    ann.close()
    bob.close()
    await chat.server.close()
  }
})

test('a flood is told, with seconds, and others are not kept waiting', async () => {
  const chat = await serveChat({ name: 'irc.test', limits: { peer: { messages: 3, seconds: 30 } } })
  const loud = await ircClient(chat.ports.irc, 'loud')
  const calm = await ircClient(chat.ports.irc, 'calm')
  try {
    for (const client of [loud, calm]) client.send('JOIN #a')
    await calm.line(/ 366 /)
    for (let at = 0; at < 50; at++) loud.send(`PRIVMSG #a :${at}`)
    assert.match(await loud.line(/ 263 /), /^:irc\.test 263 loud PRIVMSG :.*\d+ second/)
    calm.send('PRIVMSG #a :still here')
    await loud.line(/calm\S+ PRIVMSG #a :still here$/)
    assert.equal(calm.lines.filter((line) => line.startsWith(':loud!') && line.includes('PRIVMSG')).length, 3)
  } finally {
    loud.close()
    calm.close()
    await chat.server.close()
  }
})

test('with the action disconnect who floods is told, and gone', async () => {
  const chat = await serveChat({
    name: 'irc.test',
    limits: { peer: { messages: 2, seconds: 30 }, action: 'disconnect' },
  })
  const loud = await ircClient(chat.ports.irc, 'loud')
  const calm = await ircClient(chat.ports.irc, 'calm')
  try {
    for (const client of [calm, loud]) client.send('JOIN #a')
    await calm.line(/^:loud!\S+ JOIN #a$/)
    for (let at = 0; at < 5; at++) loud.send(`PRIVMSG #a :${at}`)
    await loud.line(/ 263 loud PRIVMSG :/)
    await loud.line(/^ERROR :Closing link: \(loud\) \[/)
    await until('it is closed', () => loud.isEnded)
    await calm.line(/^:loud!\S+ QUIT :/)
  } finally {
    loud.close()
    calm.close()
    await chat.server.close()
  }
})

test('an over-long line is told, and the connection goes on; a browser is dropped', async () => {
  const chat = await serveChat({ name: 'irc.test' })
  const client = await ircClient(chat.ports.irc, 'ann')
  const browser = await ircClient(chat.ports.irc)
  try {
    client.send(`PRIVMSG ann :${'x'.repeat(20_000)}`, 'PING on')
    await client.line(/ 417 ann :Input line was too long/)
    await client.line(/PONG irc\.test :on/)
    browser.send('POST / HTTP/1.1', 'Host: x', '', 'NICK x', 'USER x 0 * :x')
    await until('it is closed', () => browser.isEnded)
    assert.deepEqual(browser.lines, [])
  } finally {
    client.close()
    browser.close()
    await chat.server.close()
  }
})

test('a killed member is told and gone; who breaks off is seen to quit', async () => {
  const { passwordText } = await import('#lanework/services/chat/index.js')
  const chat = await serveChat({
    name: 'irc.test',
    operators: [{ name: 'root', password: await passwordText('toor') }],
  })
  const op = await ircClient(chat.ports.irc, 'op')
  const bad = await ircClient(chat.ports.irc, 'bad')
  const lost = await ircClient(chat.ports.irc, 'lost')
  try {
    for (const client of [op, bad, lost]) {
      client.send('JOIN #a')
      await client.line(/ 366 /)
    }
    op.send('OPER root wrong')
    await op.line(/ 464 /)
    op.send('OPER root toor', 'KILL bad :enough')
    await op.line(/ 381 /)
    await bad.line(/^ERROR :Closing link: \(bad\) \[Killed by op: enough\]/)
    await until('it is closed', () => bad.isEnded)
    await op.line(/^:bad!bad@\S+ QUIT :Killed by op: enough$/)
    lost.socket.resetAndDestroy()
    await op.line(/^:lost!lost@\S+ QUIT :/)
    const again = await ircClient(chat.ports.irc, 'lost')
    again.close()
  } finally {
    for (const client of [op, bad, lost]) client.close()
    await chat.server.close()
  }
})

const withoutLanes = can('lanes') ? false : 'lanes need the addon'
test('members of two lanes talk, with echoes and labels', { skip: withoutLanes }, async () => {
  const chat = await serveChat({ name: 'irc.test', limits: unlimited }, { laneKind: 'process', lanes: 2 })
  const nicks = ['ann', 'bob', 'cid', 'dan']
  const caps = ['echo-message', 'labeled-response', 'batch']
  const clients = await Promise.all(nicks.map((nick) => ircClient(chat.ports.irc, nick, ...caps)))
  try {
    for (const client of clients) {
      client.send('@label=j JOIN #a')
      await client.line(/^@label=j :irc\.test BATCH \+(\w+) labeled-response$/)
      await client.line(/^:irc\.test BATCH -/)
    }
    for (const [at, nick] of nicks.entries()) {
      clients[at]?.send(`@label=${at} PRIVMSG #a :from ${nick}`)
      for (const [other, client] of clients.entries()) {
        const line = await client.line(new RegExp(`PRIVMSG #a :from ${nick}$`))
        assert.equal(line.startsWith(`@label=${at} `), other === at)
      }
    }
    clients[0]?.send('NICK bob')
    await clients[0]?.line(/ 433 ann bob /)
  } finally {
    for (const client of clients) client.close()
    await chat.server.close()
  }
})

test('NAMES of a room that is not there, or secret, only ends; the client goes on', async () => {
  const chat = await serveChat({ name: 'irc.test', limits: unlimited })
  const ann = await ircClient(chat.ports.irc, 'ann')
  const bob = await ircClient(chat.ports.irc, 'bob')
  try {
    ann.send('JOIN #hidden', 'MODE #hidden +s', 'PING :set')
    await ann.line(/PONG .*set/)
    bob.send('NAMES #nowhere', 'NAMES #hidden', 'PING :there')
    assert.match(await bob.line(/#nowhere/), / 366 bob #nowhere /)
    assert.match(await bob.line(/#hidden/), / 366 bob #hidden /)
    await bob.line(/PONG .*there/)
  } finally {
    ann.close()
    bob.close()
    await chat.server.close()
  }
})

test('a lane that retires tells IRC clients why their link closes', { skip: withoutLanes }, async () => {
  const chat = await serveChat({ name: 'irc.test', limits: unlimited }, { laneKind: 'thread' })
  const ann = await ircClient(chat.ports.irc, 'ann')
  const early = await ircClient(chat.ports.irc)
  try {
    early.send('NICK early')
    early.send('PING x')
    ann.send('JOIN #lobby')
    await ann.line(/ 366 /)
    const reloaded = chat.server.reload()
    assert.match(await ann.line(/^ERROR/), /^ERROR :Closing link: \(ann\) \[Server restarts\]$/)
    assert.match(await early.line(/^ERROR/), /^ERROR :Closing link: \(early\) \[Server restarts\]$/)
    await until('the links are closed', () => ann.isEnded && early.isEnded)
    await reloaded
  } finally {
    ann.close()
    early.close()
    await chat.server.close()
  }
})

test('an account gets its nick and its rooms back beside its own connection that is half open; others are refused it', async () => {
  const chat = await serveChat({ name: 'irc.test', register: true, limits: unlimited })
  const open = await ircClient(chat.ports.irc, 'bob')
  const back = await ircClient(chat.ports.irc)
  const other = await ircClient(chat.ports.irc)
  try {
    open.send('REGISTER * * correct-horse', 'JOIN #a')
    await open.line(/ 366 /)
    other.send('NICK eve', 'USER eve 0 * :Eve')
    await other.line(/ 376 | 422 /)
    other.send('JOIN #a')
    await other.line(/ 366 /)
    back.send('CAP REQ :sasl', 'NICK bob', 'USER bob 0 * :Bob', 'AUTHENTICATE PLAIN')
    await back.line(/^AUTHENTICATE \+/)
    back.send(`AUTHENTICATE ${Buffer.from('\0bob\0correct-horse').toString('base64')}`, 'CAP END')
    assert.match(await back.line(/ (001|433) /), / 001 bob /)
    await back.line(/ JOIN #a$/)
    await open.line(/^ERROR :/)
    await until('the former connection ends', () => open.isEnded)
    other.send('PRIVMSG #a :are you there?')
    await back.line(/^:eve\S+ PRIVMSG #a :are you there\?$/)
    back.send('PRIVMSG #a :I am')
    await other.line(/^:bob\S+ PRIVMSG #a :I am$/)
    back.send('QUIT')
    await other.line(/^:bob\S+ QUIT /)
    other.send('NICK bob')
    assert.match(await other.line(/ 433 | NICK /), / 433 eve bob :That nick belongs to an account/)
  } finally {
    for (const client of [open, back, other]) client.close()
    await chat.server.close()
  }
})
