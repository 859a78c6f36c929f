/** `lanework talk --room`: in a pipe it says what it gets and prints what comes back; limits, bad bytes, and who refuses it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { columnsOf, refusedFor, showRoomLine } from '#lanework/cli/talk/room-show.js'
import { serve, type Server } from '#lanework/server/index.js'
import { chatService, joinRoom, type RoomLine } from '#lanework/services/chat/index.js'
import { lanework, start } from '../support/command.js'
import { until } from '../support/until.js'

describe('talk --room in a pipe', () => {
  let server: Server
  before(async () => {
    const limits = { peer: { messages: 3, seconds: 3 }, address: 'none', room: 'none' } as const
    server = await serve(chatService({ limits }), { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
  })
  after(() => server.close())

  test('says each line, prints it as it comes back, and ends', async () => {
    for (const address of server.addresses) {
      const { code, stdout, stderr } = await lanework(['talk', '--room', address, '--nick', 'zoe'], 'hi\n/names\nbye')
      assert.equal(stdout, '<zoe> hi\n-- #lobby: zoe\n<zoe> bye\n', address)
      assert.match(stderr, /^-- welcome to lanework: you are /, address)
      assert.equal(code, 0)
    }
  })

  test('says again what a limit refuses, so that nothing is missing', async () => {
    const input = Array.from({ length: 5 }, (_, count) => `${count}\n`).join('')
    const { code, stdout, stderr } = await lanework(['talk', '--room', server.addresses[0] ?? ''], input)
    assert.deepEqual(stdout.replaceAll(/<\S+> /g, ''), input)
    assert.match(stderr, /you send too much too fast: not said; again in [1-3] s/)
    assert.equal(code, 0)
  })

  test('shows bytes that are no text escaped, as they went to others', async () => {
    const [overUdp = '', overTcp = ''] = server.addresses
    const watcher = await joinRoom(overUdp, { nick: 'watcher' })
    const lines: RoomLine[] = []
    const watching = (async () => {
      for await (const line of watcher) lines.push(line)
    })()
    const { stdout } = await lanework(
      ['talk', '--room', overUdp, '--nick', 'zoe'],
      Buffer.from('aÿ\u001b[2J\n', 'latin1'),
    )
    assert.equal(stdout, '<zoe> a\\xff[2J\n')
    await until('the watcher has it', () => lines.find(({ text }) => text === '<zoe> a\\xff[2J'))
    const over = await lanework(['talk', '--room', overTcp, '--nick', 'yan'], Buffer.from('bÿ\n', 'latin1'))
    assert.equal(over.stdout, '<yan> b\\xff\n')
    await watcher.finish()
    await watching
  })

  test('fails where a line is not said, or would be under another nick, and not where it quits', async () => {
    for (const address of server.addresses) {
      const talk = (input: string, ...nick: string[]) => lanework(['talk', '--room', address, ...nick], input)
      const long = await talk(`${'x'.repeat(3_000)}\nshort\n`)
      assert.match(long.stderr, /Not said: 1 of the lines, first: x{60}\n/, address)
      assert.match(long.stdout, /^<\S+> short\n$/, address)
      assert.equal(long.code, 1)
      const taken = await joinRoom(address, { nick: 'alice' })
      await until('alice is in', () => taken.nick === 'alice')
      const other = await talk('hi\n', '--nick', 'alice')
      await taken.finish()
      assert.deepEqual([other.code === 0, other.stdout], [false, ''], address)
      const quit = await talk('first\n/quit bye\nlater\n')
      assert.match(quit.stdout, /^<\S+> first\n$/, address)
      assert.equal(quit.code, 0, address)
    }
  })

  test('refuses a nick that nobody can have before it connects', async () => {
    for (const nick of ['a b', 'server']) {
      const { code, stderr } = await lanework(['talk', '--room', 'udp://127.0.0.1:9', '--nick', nick], 'hi\n')
      assert.equal(code, 2)
      assert.match(stderr, /--nick must be a nick; A nick /)
    }
  })

  test('gives every line as JSON with --json', async () => {
    const { stdout } = await lanework(['talk', '--room', server.addresses[0] ?? '', '--nick', 'zoe', '--json'], 'hi\n')
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    assert.deepEqual(lines.slice(1, 3), [
      { event: 'line', kind: 'server', text: 'you are in #lobby, 1 member: zoe' },
      { event: 'line', kind: 'message', nick: 'zoe', text: 'hi' },
    ])
  })

  test('leaves with a goodbye when it is interrupted', async () => {
    const [overUdp = ''] = server.addresses
    const watcher = await joinRoom(overUdp, { nick: 'watcher' })
    const lines: RoomLine[] = []
    const watching = (async () => {
      for await (const line of watcher) lines.push(line)
    })()
    const talking = start(['talk', '--room', overUdp, '--nick', 'zoe'])
    await until('zoe is in', () => lines.some(({ text }) => text === '-- zoe joined'))
    await until('it listens for the interrupt', () => talking.stderr().includes('you are in #lobby'))
    talking.child.kill('SIGINT')
    const { code } = await talking.finished
    assert.equal(code, 0)
    await until('the others are told', () => lines.some(({ text }) => text.startsWith('-- zoe has gone')))
    await watcher.finish()
    await watching
  })

  test('says who refuses it, with the exit code of that', async () => {
    const { code, stderr } = await lanework(['talk', '--room', 'tcp://127.0.0.1:1'], 'hi\n')
    assert.equal(code, 4)
    assert.match(stderr, /Nobody listens on tcp:\/\/127.0.0.1:1/)
  })
})

describe('lines of a room on a terminal', () => {
  const line: RoomLine = { kind: 'message', text: '<bob> hi', nick: 'bob', body: 'hi' }
  const color = { json: false, color: true }

  test('have the nick in its colour, ours bold, and what the server tells dim', () => {
    // oxlint-disable-next-line no-control-regex -- colours are made of them
    assert.match(showRoomLine(line, 'me', color), /^<\u001b\[3\dmbob\u001b\[0m> hi$/)
    assert.equal(showRoomLine(line, 'bob', color), '<\u001b[1mbob\u001b[0m> hi')
    assert.equal(showRoomLine(line, 'bob', { json: false, color: false }), '<bob> hi')
    const told: RoomLine = { kind: 'server', text: '-- x', body: 'x' }
    assert.equal(showRoomLine(told, 'bob', color), '\u001b[2m-- x\u001b[22m')
  })

  test('have no escapes that came from elsewhere', () => {
    const bad: RoomLine = { kind: 'status', text: '\u001b[2J', body: '' }
    assert.equal(showRoomLine(bad, undefined, { json: false, color: false }), '-- \\x1b[2J')
  })

  test('are as wide as they look', () => {
    assert.deepEqual(['abc', '你好', 'e\u0301', '👍', '\u200d'].map(columnsOf), [3, 4, 1, 2, 0])
  })

  test('say when a message may be said again', () => {
    const told = (body: string): RoomLine => ({ kind: 'server', text: `-- ${body}`, body })
    assert.equal(refusedFor(told('you send too much too fast: not said; again in 12 s')), 12)
    assert.equal(refusedFor(told('this room gets too much too fast: 3 messages not said; again in 1 s')), 1)
    assert.equal(refusedFor(told('bob joined')), undefined)
    assert.equal(refusedFor(line), undefined)
  })
})
