/** What becomes of the page when a connection breaks, a lane dies, or one speaks too fast: nothing is lost, and everything is said. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'

import { serve } from '#lanework/server/index.js'
import type { Fault } from '#lanework/services/chat/types.js'
import { unless } from '../support/capability.js'
import { chatStage, type Stage } from '../support/chat-stage.js'
import { gate, until } from '../support/until.js'
import { type ChatBrowser, chatBrowser, enter, place, said, send, sent } from './chat-browser.js'
import { missing } from './chromium.js'

const tooFast = (action: 'drop' | 'delay', waitMs: number): Fault => ({
  code: 'limited',
  message: 'Too fast',
  scope: 'peer',
  action,
  waitMs,
})

describe('a page that', { skip: missing }, () => {
  let browser: ChatBrowser
  let stage: Stage
  before(async () => {
    browser = await chatBrowser()
  })
  after(() => browser?.close())
  beforeEach(async () => {
    stage = await chatStage()
  })
  afterEach(() => stage.close())

  test('lost its connection comes back by itself, with what was said meanwhile, in order and once', async () => {
    const mira = stage.actor('Mira')
    const { page, complaints } = await browser.open(stage.url)
    await enter(page, 'alice')
    mira.say('#lobby', 'before')
    await said(page, 'before').waitFor()
    const door = gate()
    stage.door = door.opened
    stage.cut()
    mira.say('#lobby', 'meanwhile 1')
    mira.say('#lobby', 'meanwhile 2')
    await page.locator('.bar', { hasText: 'Connection lost' }).waitFor()
    await send(page, 'written while away')
    await said(page, 'written while away').waitFor()
    door.open()
    await sent(page, 'written while away').waitFor()
    await page.locator('.bar').waitFor({ state: 'hidden' })
    mira.say('#lobby', 'after')
    await said(page, 'after').waitFor()
    assert.deepEqual(await page.locator('.message .words').allTextContents(), [
      'Mira: before',
      'Mira: meanwhile 1',
      'Mira: meanwhile 2',
      'alice: written while away',
      'Mira: after',
    ])
    assert.equal(await page.locator('.line', { hasText: 'alice' }).count(), 0, 'nobody left and joined')
    assert.deepEqual(complaints, [])
  })

  test('missed more than one answer holds shows the newest, and the rest when it is scrolled to', async () => {
    const mira = stage.actor('Mira')
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    mira.say('#lobby', 'before')
    await said(page, 'before').waitFor()
    stage.cut()
    for (let count = 1; count <= 300; count++) mira.say('#lobby', `line ${count};`)
    await said(page, 'line 300;').waitFor()
    await until('the beginning is there', async () => {
      await page.evaluate("document.querySelector('.stream').scrollTop = 0")
      return (await said(page, 'before').count()) === 1
    })
  })

  test('does not know whether a message arrived sends it once in the end', async () => {
    const mira = stage.actor('Mira')
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    // It is stored and heard, but the connection breaks before the answer.
    let isCut = false
    stage.refuse = (name) => {
      if (name === 'say' && !isCut) {
        isCut = true
        queueMicrotask(() => stage.cut())
      }
      return undefined
    }
    await send(page, 'once only')
    await sent(page, 'once only').waitFor()
    mira.say('#lobby', 'after it')
    await said(page, 'after it').waitFor()
    assert.equal(await said(page, 'once only').count(), 1)
    const stored = stage.history('#lobby').filter(({ text }) => text === 'once only')
    assert.equal(stored.length, 1)
  })

  test('comes back after its stay has ended has a new one, in the same rooms', async () => {
    await stage.close()
    stage = await chatStage({ resumeSeconds: 0 })
    const mira = stage.actor('Mira', ['#lobby', '#garden'])
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    await send(page, '/join #garden')
    await place(page, 'garden').and(page.locator('[aria-current]')).waitFor()
    mira.say('#garden', 'still here')
    await said(page, 'still here').waitFor()
    stage.cut()
    mira.say('#garden', 'said to nobody')
    await said(page, 'said to nobody').waitFor()
    assert.equal(await said(page, 'still here').count(), 1)
    await send(page, 'back again')
    await sent(page, 'back again').waitFor()
    assert.deepEqual(await page.locator('.place-name').allTextContents(), ['lobby', 'garden'])
  })

  test('finds the rooms out of reach when it comes back tries again, with its stay', async () => {
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    await send(page, '/join #garden')
    await place(page, 'garden').and(page.locator('[aria-current]')).waitFor()
    let refusals = 0
    stage.refuse = (name) => {
      if (name !== 'enter' || refusals === 2) return undefined
      refusals++
      return { code: 'unavailable', message: 'Not now' }
    }
    const door = gate()
    stage.door = door.opened
    stage.cut()
    await page.locator('.bar', { hasText: 'Connection lost' }).waitFor()
    door.open()
    await send(page, 'here again')
    await sent(page, 'here again').waitFor()
    assert.equal(refusals, 2)
    // The same stay. Were there two of them, Playwright would refuse to wait.
    await page.locator('.member .tag', { hasText: 'Operator' }).waitFor()
  })

  test('speaks too fast keeps its words, counts the seconds, and may then speak', async () => {
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    await page.clock.install()
    let refusals = 0
    stage.refuse = (name) => (name === 'say' && ++refusals === 1 ? tooFast('drop', 60_000) : undefined)
    await send(page, 'one too many')
    await page.locator('#compose-note', { hasText: /again in (60|[45]\d) s/ }).waitFor()
    await page.clock.fastForward(40_000)
    await page.locator('#compose-note', { hasText: /again in (20|1?\d) s/ }).waitFor()
    assert.equal(await page.locator('#compose').inputValue(), 'one too many')
    assert.equal(await page.locator('.send').isDisabled(), true)
    await page.locator('#compose').press('Enter')
    assert.equal(await said(page, 'one too many').count(), 0)
    // Longer than the rest, as where the machine slept.
    await page.clock.fastForward(60_000)
    await page.locator('.send:enabled').waitFor()
    await page.locator('#compose').press('Enter')
    await sent(page, 'one too many').waitFor()
  })

  test('is delayed by the limit says so, and the message leaves by itself', async () => {
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    let refusals = 1
    stage.refuse = (name) => (name === 'say' && refusals-- > 0 ? tooFast('delay', 5_000) : undefined)
    await send(page, 'patience')
    await page.locator('.is-waiting .state', { hasText: /Sent in [1-5] s/ }).waitFor()
    await sent(page, 'patience').waitFor()
    assert.equal(await said(page, 'patience').count(), 1)
  })

  test('hears that the server restarts waits with its words and fills the gap', async () => {
    const mira = stage.actor('Mira')
    const { page } = await browser.open(stage.url)
    await enter(page, 'alice')
    stage.owner('lost')
    await page.locator('.bar', { hasText: 'restarting' }).waitFor()
    await send(page, 'in between')
    stage.quietly(() => mira.say('#lobby', 'heard by nobody'))
    stage.owner('back')
    await sent(page, 'in between').waitFor()
    await said(page, 'heard by nobody').waitFor()
    await page.locator('.bar').waitFor({ state: 'hidden' })
  })

  test('is continued in another tab does not fight for its stay', async () => {
    const first = await browser.open(stage.url)
    await enter(first.page, 'alice')
    const stay = (await first.page.evaluate("sessionStorage.getItem('lanework-chat-stay')")) as string
    const second = await browser.open(stage.url)
    await second.page.evaluate(
      `localStorage.setItem('lanework-chat-nick', 'alice'); sessionStorage.setItem('lanework-chat-stay', ${JSON.stringify(stay)})`,
    )
    await second.page.reload()
    await place(second.page, 'lobby').waitFor()
    await first.page.getByRole('button', { name: 'Come back' }).waitFor()
    await second.page.locator('.own-nick', { hasText: /^alice$/ }).waitFor()
  })
})

describe('a page whose lane is killed', { skip: missing || unless('lanes') }, () => {
  test('goes on in another lane', async () => {
    const source = new URL(import.meta.resolve('#lanework/services/chat/index.js'))
    source.hash = 'chat'
    const server = await serve(source, { listen: ['ws://127.0.0.1:0/chat'], lanes: 2, laneKind: 'process' })
    const browser = await chatBrowser()
    try {
      const url = String(server.addresses[0]).replace('ws:', 'http:').replace(/chat$/, '')
      const alice = await browser.open(url)
      const bob = await browser.open(url)
      await enter(alice.page, 'alice')
      await enter(bob.page, 'bob')
      await send(alice.page, 'before the end')
      await said(bob.page, 'before the end').waitFor()
      for (const { pid } of server.status().lanes)
        if (pid !== undefined && pid !== process.pid) process.kill(pid, 'SIGKILL')
      await send(alice.page, 'after the end')
      await said(bob.page, 'after the end').waitFor()
      await sent(alice.page, 'after the end').waitFor()
      assert.equal(await said(bob.page, 'after the end').count(), 1)
    } finally {
      await browser.close()
      await server.close()
    }
  })
})
