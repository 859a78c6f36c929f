/** Messages whose answers are lost on the way, between a real page and a real server: said once, whatever was typed and whatever is kept. */
import assert from 'node:assert/strict'
import { connect, createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'

import { serve } from '#lanework/server/index.js'
import { chatService, joinRoom, type ChatOptions } from '#lanework/services/chat/index.js'
import { until } from '../support/until.js'
import { type ChatBrowser, chatBrowser, enter, said, send, sent } from './chat-browser.js'
import { missing } from './chromium.js'

/** What stands between page and server, and may keep what the server says. */
interface Way extends AsyncDisposable {
  readonly url: string
  /** From now on nothing comes back; once a message has gone to the server and was answered, the connection breaks. */
  breakAfterAnswer(): void
  /** It has. */
  readonly isBroken: boolean
}

async function wayTo(port: number): Promise<Way> {
  let isBreaking = false
  const sockets = new Set<Socket>()
  const server: NetServer = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket)
    const end = (): void => {
      for (const socket of [near, far]) {
        sockets.delete(socket)
        socket.destroy()
      }
    }
    for (const socket of [near, far]) socket.on('close', end).on('error', end)
    near.on('data', (bytes) => void far.write(bytes))
    far.on('data', (bytes) => {
      if (!isBreaking) return void near.write(bytes)
      // What it hears of its own message, and the answer.
      if (!bytes.includes('"ok":{"id"')) return
      isBreaking = false
      end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    breakAfterAnswer: () => (isBreaking = true),
    get isBroken() {
      return !isBreaking
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a message whose answer is lost', { skip: missing }, () => {
  let browser: ChatBrowser
  before(async () => {
    browser = await chatBrowser()
  })
  after(() => browser?.close())

  async function saysOnce(options: ChatOptions): Promise<void> {
    await using server = await serve(chatService({ ...options, limits: { peer: 'none' } }), {
      listen: ['ws://127.0.0.1:0/chat', 'tcp://127.0.0.1:0'],
    })
    const [web, lines] = server.addresses
    await using listener = await joinRoom(String(lines), { nick: 'watcher' })
    await using way = await wayTo(Number(new URL(String(web)).port))
    const { page, complaints } = await browser.open(way.url)
    await enter(page, 'webber')
    // From its answer on, nothing else is on its way.
    await send(page, 'the beginning')
    await sent(page, 'the beginning').waitFor()
    for (const [text, shown] of [
      ['plain text', 'plain text'],
      ['col1\tcol2', 'col1 col2'],
      ['call \u2066+1 555\u2069 now', 'call +1 555 now'],
    ] as const) {
      way.breakAfterAnswer()
      await send(page, text)
      await until('the connection broke', () => way.isBroken)
      await send(page, `after ${shown}`)
      await sent(page, `after ${shown}`).waitFor()
      assert.equal(await page.locator('.message:not(.is-sent)').count(), 0)
    }
    await send(page, 'the end')
    const heard: string[] = []
    for await (const { nick, body } of listener) {
      if (nick !== 'webber') continue
      heard.push(body)
      if (body === 'the end') break
    }
    const wanted = ['plain text', 'col1 col2', 'call +1 555 now'].flatMap((text) => [text, `after ${text}`])
    assert.deepEqual(heard, ['the beginning', ...wanted, 'the end'])
    await said(page, 'the end').waitFor()
    assert.equal(await page.locator('.message').count(), heard.length)
    assert.deepEqual(complaints, [])
  }

  test('is said once', () => saysOnce({}))
  test('is said once where no history is kept', () => saysOnce({ history: 'none' }))
})
