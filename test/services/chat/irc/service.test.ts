/** IRC clients over real sockets, in one room with members of the other transports. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../support/until.js'
import { ircClient, ircServer, udpClient } from './irc-server.js'

const unlimited = { peer: 'none', address: 'none', room: 'none' } as const

test('IRC, UDP and TCP lines talk in one room', async () => {
  const { server, port, udpPort, linesPort } = await ircServer({ limits: unlimited })
  const alice = await ircClient(port, 'alice')
  const udp = await udpClient(udpPort)
  const lines = await ircClient(linesPort)
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
    udp.close()
    await server.close()
  }
})

test('an account that was made is logged in to with SASL, and history is read', async () => {
  const { server, port } = await ircServer({ register: true, limits: unlimited })
  const ann = await ircClient(port, 'ann')
  const bob = await ircClient(port)
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
    await server.close()
  }
})

test('a flood is told, with seconds, and others are not kept waiting', async () => {
  const { server, port } = await ircServer({ limits: { peer: { messages: 3, seconds: 30 } } })
  const loud = await ircClient(port, 'loud')
  const calm = await ircClient(port, 'calm')
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
    await server.close()
  }
})

test('an over-long line is told, and the connection goes on; a browser is dropped', async () => {
  const { server, port } = await ircServer()
  const client = await ircClient(port, 'ann')
  const browser = await ircClient(port)
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
    await server.close()
  }
})

test('a killed member is told and gone; who breaks off is seen to quit', async () => {
  const { passwordText } = await import('#lanework/services/chat/index.js')
  const { server, port } = await ircServer({ operators: [{ name: 'root', password: await passwordText('toor') }] })
  const op = await ircClient(port, 'op')
  const bad = await ircClient(port, 'bad')
  const lost = await ircClient(port, 'lost')
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
    const again = await ircClient(port, 'lost')
    again.close()
  } finally {
    for (const client of [op, bad, lost]) client.close()
    await server.close()
  }
})
