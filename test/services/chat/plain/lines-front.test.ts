/** The room over lines: the greeting, what is said and told, limits, and what is kept from terminals. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesFront } from '#lanework/services/chat/plain/lines-front.js'
import type { Front } from '#lanework/services/chat/lane/front.js'
import type { Hearing } from '#lanework/services/chat/types.js'
import {
  refuse,
  saying,
  scriptedDesk,
  settled,
  sharedForms,
  viewOf,
  who,
  member,
  type DeskOptions,
  type ScriptedDesk,
  type Script,
} from './scripted-desk.js'

interface Line {
  readonly desk: ScriptedDesk
  readonly front: Front
  /** Types a line and gives what came back once it was done. */
  type(line: string | Uint8Array): Promise<string[]>
  hear(hearing: Hearing, ref?: string): string[]
}

function connect(options: DeskOptions = {}, script: Script = {}): Line {
  const desk = scriptedDesk({ scheme: 'tcp', ...options })
  Object.assign(desk.script, script)
  const front = linesFront(desk)
  return {
    desk,
    front,
    async type(line) {
      await front.receive(Buffer.from(line as string))
      return desk.news()
    },
    hear(hearing, ref) {
      const heard = {
        audience: { to: 'room', room: '#lobby' },
        hearing,
        ...(ref === undefined ? {} : { ref }),
      } as const
      front.hear(heard, sharedForms())
      return desk.news()
    },
  }
}

async function inside(options: DeskOptions = {}, script: Script = {}): Promise<Line> {
  const line = connect(options, script)
  line.desk.clock.advance(300)
  await settled()
  line.desk.news()
  return line
}

describe('a line client', () => {
  it('that comes too often is told how long to wait, and the connection ends', async () => {
    const message = 'Too many have come from your network; wait 12 s'
    const line = connect({}, { enter: () => ({ fault: { code: 'limited', message, waitMs: 12_000 } }) })
    assert.deepEqual(await line.type('hello'), [`-- ${message}`])
    assert.deepEqual(line.desk.ended, ['could not come in'])
  })

  it('comes into the room by itself when it has connected, and is told who it is, where, and how to get help', async () => {
    const others = [member('bob', { ranks: ['operator'] }), member('guest')]
    const line = connect(
      { settings: { motd: 'be kind\nand brief' } },
      { join: () => ({ ok: viewOf('#lobby', others, 'tea') }) },
    )
    line.desk.clock.advance(300)
    await settled()
    assert.deepEqual(line.desk.news(), [
      '-- welcome to lanework: you are guest; /nick NAME changes that, /help lists the commands',
      '-- be kind',
      '-- and brief',
      '-- you are in #lobby, 2 members: @bob, guest',
      '-- the topic is: tea',
    ])
    assert.deepEqual(line.desk.asked[0]?.ask, {
      isFlexible: true,
      user: 'tcp',
      realname: '',
      transport: 'tcp',
      address: '127.0.0.1',
    })
  })

  it('says what it types, and is not shown its own words unless it asks for them', async () => {
    const line = await inside()
    assert.deepEqual(await line.type('hello'), [])
    assert.deepEqual(line.desk.asked.at(-1), { name: 'say', ask: { to: '#lobby', kind: 'message', text: 'hello' } })
    const own = saying(who('guest', 'me'), '#lobby', 'hello')
    assert.deepEqual(line.hear(own, 'own'), [])
    assert.deepEqual(line.hear(saying(who('bob'), '#lobby', 'hi')), ['<bob> hi'])
    await line.type('/echo on')
    line.desk.news()
    assert.deepEqual(line.hear(own, 'own'), ['<guest> hello'])
  })

  it('can type before it has been greeted', async () => {
    const line = connect()
    const typed = line.front.receive(Buffer.from('early'))
    await typed
    assert.deepEqual(
      line.desk.asked.map(({ name }) => name),
      ['enter', 'join', 'say'],
    )
  })

  it('is told of lines that are too long, and can go on', async () => {
    const line = await inside({ settings: { textBytes: 100 } })
    assert.deepEqual(await line.type('x'.repeat(300)), ['-- that line is too long: 100 bytes at most'])
    assert.deepEqual(await line.type('short'), [])
    assert.equal(line.desk.asked.at(-1)?.name, 'say')
  })

  it('waits while a limit delays, so that the next line is not even read', async () => {
    const line = await inside()
    let isFree = false
    line.desk.script.say = ({ to }) =>
      isFree ? { ok: { id: '1', atMs: 0, to } } : refuse('limited', 'x', { action: 'delay', waitMs: 500 })
    let isDone = false
    const typed = line.type('hello').then(() => (isDone = true))
    await settled()
    assert.equal(isDone, false)
    isFree = true
    line.desk.clock.advance(500)
    await typed
  })

  it('is told each time that a limit takes a message', async () => {
    const line = await inside()
    line.desk.script.say = () => refuse('limited', 'x', { action: 'drop', waitMs: 500 })
    for (let count = 0; count < 3; count++)
      assert.deepEqual(await line.type('hello'), ['-- you send too much too fast: not said; again in 1 s'])
  })

  it('ends with /quit, and tells the others why', async () => {
    const line = await inside()
    assert.deepEqual(await line.type('/quit tea is ready'), ['-- goodbye'])
    assert.deepEqual(line.desk.ended, ['tea is ready'])
  })

  it('is ended where it may not come in', async () => {
    const line = connect(
      {},
      {
        enter: () => refuse('server-full', 'The server is full'),
        join: () => refuse('not-entered', 'x'),
      },
    )
    await line.front.receive(Buffer.from('hello'))
    assert.deepEqual(line.desk.news(), ['-- The server is full'])
    assert.deepEqual(line.desk.ended, ['could not come in'])
    assert.ok(!line.desk.asked.some(({ name }) => name === 'say'))
  })

  it('may be telnet', async () => {
    const line = await inside()
    await line.type(Buffer.from([0xff, 0xfb, 0x01, 0x68, 0x69, 0xff, 0xf1]))
    assert.deepEqual(line.desk.asked.at(-1)?.ask, { to: '#lobby', kind: 'message', text: 'hi' })
  })

  it('is no browser, and the room does not even hear of one', async () => {
    for (const request of [
      'POST /chat HTTP/1.1',
      `POST /${'a'.repeat(9_000)} HTTP/1.1`,
      'GET / HTTP/1.0',
      'OPTIONS * HTTP/1.1',
    ]) {
      const line = connect()
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      assert.deepEqual(await line.type(request.slice(0, 8_704)), ['-- this is a chat room for people, not a web page'])
      // oxlint-disable-next-line no-await-in-loop -- as above
      for (const more of ['Host: chat.example', '', 'said by a page']) assert.deepEqual(await line.type(more), [])
      line.desk.clock.advance(1_000)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await settled()
      assert.deepEqual(line.desk.ended, ['spoke HTTP'])
      assert.deepEqual(line.desk.asked, [])
    }
  })

  it('is turned away as a browser also where it was slow to speak', async () => {
    const line = await inside()
    assert.deepEqual(await line.type('POST / HTTP/1.1'), ['-- this is a chat room for people, not a web page'])
    assert.deepEqual(await line.type('said by a page'), [])
    assert.ok(!line.desk.asked.some(({ name }) => name === 'say'))
  })

  it('may begin with a word that browsers know', async () => {
    const line = connect()
    await line.type('GET well soon')
    assert.deepEqual(line.desk.asked.at(-1)?.ask, { to: '#lobby', kind: 'message', text: 'GET well soon' })
  })

  it('is told how long a mute lasts now, not how long it was', async () => {
    const line = await inside()
    let waitMs = 30_000
    line.desk.script.say = () => refuse('limited', 'You send too fast; wait 30 s', { action: 'mute', waitMs })
    assert.deepEqual(await line.type('one'), ['-- you send too much too fast: muted for 30 s'])
    waitMs = 12_000
    assert.deepEqual(await line.type('two'), ['-- you send too much too fast: muted for 12 s'])
  })

  it('does not come in where it has gone before it spoke', async () => {
    const line = connect()
    line.front.closed?.({ kind: 'end' })
    line.desk.clock.advance(1_000)
    await settled()
    assert.deepEqual(line.desk.asked, [])
  })

  it('gets no control characters, from others or out of its own mistakes', async () => {
    const line = await inside()
    assert.deepEqual(await line.type('/\u001b[2Jnick'), [
      '-- there is no /[2Jnick',
      '-- /help lists the commands; // begins a text with a slash',
    ])
    line.desk.script.nick = ({ nick }) => refuse('nick-bad', 'That is no nick', { about: nick })
    assert.deepEqual(await line.type('/nick \u001b]0;x\u0007'), ['-- ]0;x: That is no nick'])
    assert.deepEqual(line.hear(saying(who('bob'), '#lobby', 'a\u001b[31mb\u009b1mc\u202ed')), ['<bob> a[31mb1mcd'])
  })

  it('sends bytes that are no text on as bytes, and is shown them escaped', async () => {
    const line = await inside()
    await line.type(Buffer.from([0x68, 0xe9]))
    assert.deepEqual(line.desk.asked.at(-1)?.ask, {
      to: '#lobby',
      kind: 'message',
      bytes: Buffer.from([0x68, 0xe9]).toString('base64'),
    })
    assert.deepEqual(line.hear(saying(who('bob'), '#lobby', 'h\\xe9', { bytes: 'aOk=' })), ['<bob> h\\xe9'])
  })
})
