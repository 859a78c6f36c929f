/** One room over four transports: UDP, TCP lines, WebSocket and IRC, in one lane and in several. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { unless } from '../../../support/capability.ts'
import { ircClient, pageClient, serveChat, streamClient, udpClient, type Client } from '../../../support/chat.ts'
import { until } from '../../../support/until.ts'

const places = [
  { name: 'in one lane', lanes: {}, skip: false },
  { name: 'in two threads', lanes: { laneKind: 'thread', lanes: 2 }, skip: unless('lanes') },
  { name: 'in two processes', lanes: { laneKind: 'process', lanes: 2 }, skip: unless('lanes') },
] as const

for (const { name, lanes, skip } of places) {
  describe(`a room over four transports, ${name}`, { skip }, () => {
    it('is one: who says something at one is heard at all', async () => {
      await using house = await serveChat({}, lanes)
      await using udp = await udpClient(house.ports.udp)
      udp.send('/nick una')
      await udp.hears('una')
      await using tcp = await streamClient(house.ports.tcp)
      tcp.send('/nick theo\n')
      await tcp.hears('theo')
      await using irc = await ircClient(house.ports.irc, 'ivy')
      await using page = await pageClient(house.ports.ws, 'petra')
      udp.send('from udp')
      await tcp.hears(/^<una> from udp$/)
      await irc.hears(/^:una!\S+ PRIVMSG #lobby :from udp$/)
      await page.hears(/"event":"said".*"text":"from udp"/)
      await udp.hears(/^<una> from udp$/)
      tcp.send('from tcp\r\n')
      irc.send('PRIVMSG #lobby :from irc\r\n')
      page.send(JSON.stringify({ do: 'say', ref: '1', to: '#lobby', kind: 'message', text: 'from a page' }))
      for (const client of [udp, tcp]) {
        if (client === udp) await client.hears(/^<theo> from tcp$/)
        await client.hears(/^<ivy> from irc$/)
        await client.hears(/^<petra> from a page$/)
      }
      await irc.hears(/^:theo!\S+ PRIVMSG #lobby :from tcp$/)
      await irc.hears(/^:petra!\S+ PRIVMSG #lobby :from a page$/)
      await page.hears(/"text":"from irc"/)
      await page.hears(/"ref":"1"/)
      assert.ok(!irc.heard.some((line) => line.includes('from irc')), 'without echo-message nobody hears himself')
    })

    it('gives everybody the same messages in the same order', async () => {
      await using house = await serveChat({ limits: { peer: 'none', room: 'none', address: 'none' } }, lanes)
      const clients: Client[] = []
      for (let index = 0; index < 6; index++) clients.push(await udpClient(house.ports.udp))
      for (const [index, client] of clients.entries()) {
        client.send(`/nick m${index}`)
        await client.hears(`m${index}`)
      }
      await using irc = await ircClient(house.ports.irc, 'listener')
      for (let round = 0; round < 30; round++) for (const client of clients) client.send(`round ${round}`)
      const said = (heard: readonly string[]): string[] =>
        heard.flatMap((line) =>
          /round \d+$/.exec(line) === null ? [] : [line.replace(/^:(\w+)!\S+ PRIVMSG \S+ :/, '<$1> ')],
        )
      await until('all have come', () => said(irc.heard).length === 180)
      for (const client of clients) await until('all have come to each', () => said(client.heard).length === 180)
      for (const client of clients) assert.deepEqual(said(client.heard), said(irc.heard))
      for (const client of clients) await client.close()
    })
  })
}

describe('bytes that are no text', () => {
  it('are relayed as they are over UDP, and shown escaped elsewhere', async () => {
    await using house = await serveChat()
    await using one = await udpClient(house.ports.udp)
    await using other = await udpClient(house.ports.udp)
    for (const client of [one, other]) client.send('here')
    await other.hears('here')
    await using irc = await ircClient(house.ports.irc, 'ivy')
    await using page = await pageClient(house.ports.ws, 'petra')
    const gbk = Buffer.from([0xc4, 0xe3, 0xba, 0xc3])
    one.send(gbk)
    await irc.hears(/PRIVMSG #lobby :\\xc4\\xe3\\xba\\xc3$/)
    await page.hears('\\\\xc4\\\\xe3\\\\xba\\\\xc3')
    await until('the bytes come', () => other.raw.some((datagram) => datagram.subarray(-4).equals(gbk)))
  })

  it('that end lines cross into no other framing', async () => {
    await using house = await serveChat()
    await using irc = await ircClient(house.ports.irc, 'ivy')
    await using tcp = await streamClient(house.ports.tcp)
    await tcp.hears(/you are in #lobby/)
    await using page = await pageClient(house.ports.ws, 'petra')
    await using udp = await udpClient(house.ports.udp)
    udp.send('hello')
    await irc.hears('hello')
    udp.send('one\r\nQUIT :forged\r\n:ivy!x@y PRIVMSG #lobby :forged\0too')
    const text = 'two\r\nKICK #lobby ivy\n\u001b[2J\u0007'
    page.send(JSON.stringify({ do: 'say', ref: '1', to: '#lobby', kind: 'message', text }))
    await irc.hears(/:one/)
    await irc.hears(/:two/)
    await tcp.hears(/> two/)
    const lines = irc.heard.filter((line) => / PRIVMSG |forged/.test(line))
    assert.ok(
      lines.every((line) => /^:\S+ PRIVMSG #lobby :(hello|one|two)/.test(line)),
      `a line of its own was made: ${lines.join(' | ')}`,
    )
    // oxlint-disable-next-line no-control-regex -- that is what it is about
    assert.ok(![...irc.heard, ...tcp.heard].some((line) => /[\0\x07\x1b\r]/.test(line)))
  })
})

describe('the limit of messages', () => {
  it('tells the speaker how long to wait, and nobody hears what is beyond it', async () => {
    await using house = await serveChat({ limits: { peer: { messages: 3, seconds: 60 } } })
    await using speaker = await udpClient(house.ports.udp)
    await using listener = await udpClient(house.ports.udp)
    listener.send('here')
    await listener.hears('here')
    for (let count = 1; count <= 6; count++) {
      speaker.send(`number ${count}`)
      if (count <= 3) await listener.hears(`number ${count}`)
    }
    const told = await speaker.hears(/^-- .*\b\d+ s/)
    assert.match(told, /6\d|5\d/)
    listener.send('the end')
    await listener.hears(/the end/)
    assert.equal(listener.heard.filter((line) => line.includes('number')).length, 3)
  })
})
