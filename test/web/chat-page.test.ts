/** The chat page at the real service: two browsers, a plain line client, rooms, and all that the page can do. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { connect } from '#lanework/io/index.js'
import { serve, type Server } from '#lanework/server/index.js'
import { chatService } from '#lanework/services/chat/index.js'
import { until } from '../support/until.js'
import { type ChatBrowser, chatBrowser, enter, type OpenedChat, place, said, send, sent } from './chat-browser.js'
import { missing } from './chromium.js'

describe('the chat page', { skip: missing }, () => {
  let server: Server
  let browser: ChatBrowser
  let alice: OpenedChat
  let bob: OpenedChat
  let url: string

  before(async () => {
    server = await serve(chatService({ limits: { peer: 'none', room: 'none' } }), {
      listen: ['ws://127.0.0.1:0/chat', 'tcp://127.0.0.1:0'],
    })
    url = String(server.addresses[0]).replace('ws:', 'http:').replace(/chat$/, '')
    browser = await chatBrowser({ whole: true })
    alice = await browser.open(url)
    bob = await browser.open(url)
    await enter(alice.page, 'alice')
    await enter(bob.page, 'bob')
  })
  after(async () => {
    await browser?.close()
    await server?.close()
  })

  /** This room or conversation is the one that is shown. */
  async function shows({ page }: OpenedChat, name: string): Promise<void> {
    await page.locator('.room-head h1', { hasText: new RegExp(`^${name}$`) }).waitFor()
  }

  test('lets two browsers talk, each message once', async () => {
    await send(alice.page, 'hello bob')
    await sent(alice.page, 'hello bob').waitFor()
    await said(bob.page, 'hello bob').waitFor()
    await send(bob.page, 'hello alice')
    await said(alice.page, 'hello alice').waitFor()
    await sent(bob.page, 'hello alice').waitFor()
    assert.equal(await said(alice.page, 'hello bob').count(), 1)
    assert.equal(await said(bob.page, 'hello bob').count(), 1)
    assert.equal(await said(bob.page, 'hello alice').count(), 1)
  })

  test('keeps what is written while there is no room to say it in', async () => {
    const { page, close } = await browser.open(url)
    await enter(page, 'roomless')
    await send(page, '/part')
    await page.locator('#compose[placeholder^="/join"]').waitFor()
    await send(page, 'said too early')
    assert.equal(await page.locator('#compose').inputValue(), 'said too early')
    await send(page, '/join #lobby')
    await page.locator('#compose[placeholder*="#lobby"]').waitFor()
    assert.equal(await page.locator('#compose').inputValue(), '')
    await send(page, '/quit')
    await close()
  })

  test('marks messages that name their reader', async () => {
    await send(bob.page, 'what do you think, Alice?')
    await alice.page.locator('.message.is-mention', { hasText: 'what do you think' }).waitFor()
    await sent(bob.page, 'what do you think').waitFor()
    assert.equal(await bob.page.locator('.message.is-mention', { hasText: 'what do you think' }).count(), 0)
  })

  test('shares its room with who comes by TCP', async () => {
    const line = await connect(String(server.addresses[1]))
    const reading = (async () => {
      let text = ''
      for await (const chunk of line) {
        text += String(chunk)
        if (text.includes('from the page')) return text
      }
      return text
    })()
    await line.send('/nick telnet\r\nfrom a line\r\n')
    await said(alice.page, 'from a line').waitFor()
    await send(alice.page, 'from the page')
    assert.match(await reading, /<alice> from the page/)
    await line.close()
  })

  test('refuses a nick that is taken, in words, and takes another', async () => {
    const other = await browser.open(url)
    await other.page.locator('#nick').fill('alice')
    await other.page.locator('#nick').press('Enter')
    await other.page.locator('#nick-problem', { hasText: 'taken' }).waitFor()
    await other.page.getByRole('button', { name: /^Take alice-/ }).click()
    await other.page.locator('.own-nick', { hasText: 'alice-' }).waitFor()
    assert.deepEqual(other.complaints, [])
    await send(other.page, '/quit')
    await other.page.locator('#nick').waitFor()
    await bob.page.locator('.line', { hasText: 'alice-' }).filter({ hasText: 'left' }).waitFor()
    await enter(other.page, 'carol')
    await other.close()
  })

  test('goes on with the stay of a tab that was closed, in the next one', async () => {
    const { page } = await browser.open(url)
    await enter(page, 'dora')
    const next = await page.context().newPage()
    await Promise.all([page.waitForEvent('close'), page.close({ runBeforeUnload: true })])
    await next.goto(url)
    await place(next, 'lobby').and(next.locator('[aria-current]')).waitFor()
    await next.locator('.own-nick', { hasText: /^dora$/ }).waitFor()
    assert.equal(await bob.page.locator('.line', { hasText: 'dora left' }).count(), 0)
    await next.context().close()
  })

  test('tells who writes to somebody away that they are', async () => {
    await send(bob.page, '/away at lunch')
    await alice.page.locator('.member.is-away', { hasText: 'bob' }).waitFor()
    await send(alice.page, '/msg bob are you there?')
    await alice.page.locator('.line', { hasText: 'bob is away: at lunch' }).waitFor()
    await send(bob.page, '/back')
    await place(alice.page, 'lobby').click()
    await bob.page.getByRole('button', { name: 'Close the conversation with alice' }).click()
  })

  test('makes, shows, counts and leaves rooms', async () => {
    await send(alice.page, '/join #garden')
    await place(alice.page, 'garden').and(alice.page.locator('[aria-current]')).waitFor()
    await alice.page.locator('.member', { hasText: 'alice' }).locator('.tag', { hasText: 'Operator' }).waitFor()
    await send(alice.page, '/topic beans and rain')
    await alice.page.locator('.topic', { hasText: 'beans and rain' }).waitFor()

    await bob.page.locator('[aria-label="Browse rooms"]').click()
    await bob.page.locator('.room-choice', { hasText: 'garden' }).click()
    await bob.page.locator('.topic', { hasText: 'beans and rain' }).waitFor()
    await place(bob.page, 'lobby').click()
    await send(alice.page, 'the first beans are out')
    await place(bob.page, 'garden').locator('.badge', { hasText: '1' }).waitFor()
    await until('the title counts it', async () => (await bob.page.title()).startsWith('(1) '))
    await place(bob.page, 'garden').click()
    await said(bob.page, 'the first beans are out').waitFor()
    await place(bob.page, 'garden').locator('.badge:empty').waitFor({ state: 'attached' })

    await send(bob.page, '/part see you')
    await place(bob.page, 'garden').waitFor({ state: 'detached' })
    await alice.page.locator('.line', { hasText: 'bob left' }).waitFor()
    await place(alice.page, 'lobby').click()
  })

  test('holds private conversations', async () => {
    await bob.page.locator('.member', { hasText: 'alice' }).click()
    await bob.page.getByRole('button', { name: 'Send a message' }).click()
    await shows(bob, 'alice')
    await send(bob.page, 'just between us')
    await place(alice.page, 'bob').locator('.badge.is-mention').waitFor()
    await place(alice.page, 'bob').click()
    await said(alice.page, 'just between us').waitFor()
    await send(alice.page, 'of course')
    await said(bob.page, 'of course').waitFor()
    for (const opened of [alice, bob]) {
      await place(opened.page, 'lobby').click()
      await shows(opened, 'lobby')
    }
    assert.equal(await said(alice.page, 'just between us').count(), 0)
  })

  test('knows commands, and says which one was meant', async () => {
    await send(alice.page, '/me waves')
    await bob.page.locator('.message.kind-action', { hasText: 'alice waves' }).waitFor()
    await send(alice.page, '/topc hm')
    await alice.page.locator('#compose-note', { hasText: 'Did you mean /topic?' }).waitFor()
    await send(alice.page, '/nick')
    await alice.page.locator('#compose-note', { hasText: '/nick NAME' }).waitFor()
    await send(alice.page, '/nick alicia')
    await bob.page.locator('.member', { hasText: 'alicia' }).waitFor()
    await send(alice.page, '/nick alice')
    await bob.page.locator('.line', { hasText: 'alicia is now alice' }).waitFor()
    await send(alice.page, '/away lunch')
    await bob.page.locator('.member.is-away', { hasText: 'alice' }).waitFor()
    await send(alice.page, '/back')
    await bob.page.locator('.member.is-away').waitFor({ state: 'detached' })
    await send(alice.page, '//slashed')
    await said(bob.page, '/slashed').waitFor()
    await send(alice.page, '/help')
    await alice.page.locator('dialog.help', { hasText: '/kick NAME' }).waitFor()
    await alice.page.keyboard.press('Escape')
  })

  test('lets operators moderate', async () => {
    await send(alice.page, '/join #court')
    await send(bob.page, '/join #court')
    await place(bob.page, 'court').and(bob.page.locator('[aria-current]')).waitFor()
    await alice.page.locator('.member', { hasText: 'bob' }).click()
    await alice.page.getByRole('button', { name: 'Mute' }).click()
    await alice.page.locator('.line', { hasText: '+mute bob!*@*' }).waitFor()
    await send(bob.page, 'may I?')
    await bob.page.locator('.is-failed', { hasText: 'You may not speak here' }).waitFor()
    await bob.page.getByRole('button', { name: 'Discard' }).click()
    await said(bob.page, 'may I?').waitFor({ state: 'detached' })
    await send(alice.page, '/unmute bob')
    await send(bob.page, 'thank you')
    await said(alice.page, 'thank you').waitFor()
    await send(alice.page, '/ban troll!*@*')
    await send(alice.page, '/ban')
    await alice.page.locator('.line', { hasText: 'troll!*@* (by alice' }).waitFor()
    await send(alice.page, '/kick bob enough')
    await bob.page.locator('.toast', { hasText: 'alice removed you from #court: enough' }).waitFor()
    await place(bob.page, 'court').waitFor({ state: 'detached' })
    await send(alice.page, '/part')
  })

  test('remembers the name, and goes on after the page was loaded again', async () => {
    await alice.page.reload()
    await place(alice.page, 'lobby').and(alice.page.locator('[aria-current]')).waitFor()
    await place(alice.page, 'garden').waitFor()
    await said(alice.page, 'hello bob').waitFor()
    await alice.page.locator('.own-nick', { hasText: /^alice$/ }).waitFor()
    assert.equal(await said(alice.page, 'hello bob').count(), 1)
  })

  test('shows bytes that are no text escaped, and controls as nothing', async () => {
    const line = await connect(String(server.addresses[1]))
    await line.send(Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x21, 0x0a]))
    await said(alice.page, 'caf\\xE9').waitFor()
    assert.doesNotMatch((await said(alice.page, 'caf\\xE9').textContent()) ?? '', /\p{Cc}/u)
    await line.close()
  })

  test('speaks Chinese where the browser does', async () => {
    const other = await browser.open(url, { locale: 'zh-CN' })
    await enter(other.page, '王芳')
    await other.page.locator('h2', { hasText: '房间' }).waitFor()
    assert.equal(await other.page.locator('html').getAttribute('lang'), 'zh-CN')
    await send(other.page, '大家好')
    await said(bob.page, '大家好').waitFor()
    assert.deepEqual(other.complaints, [])
    await other.close()
  })

  test('is refused where another site would use it', async () => {
    const foreign = await serveForeign()
    try {
      const { page } = await browser.open(foreign.url)
      const outcome = await page.evaluate(`new Promise((resolve) => {
        const socket = new WebSocket(${JSON.stringify(url.replace('http:', 'ws:'))} + 'chat')
        socket.onopen = () => resolve('open')
        socket.onclose = () => resolve('refused')
      })`)
      assert.equal(outcome, 'refused')
    } finally {
      await foreign.close()
    }
  })

  test('does nothing that a page must not do', () => {
    assert.deepEqual([...alice.complaints, ...bob.complaints], [])
  })
})

/** A page of somebody else, at another port. */
async function serveForeign(): Promise<{ url: string; close(): Promise<void> }> {
  const server = await serve(chatService(), { listen: ['ws://127.0.0.1:0/chat'] })
  return { url: String(server.addresses[0]).replace('ws:', 'http:').replace(/chat$/, ''), close: () => server.close() }
}
