/** A thousand members and five thousand messages: the page holds what is seen of them, and the reader's place stays. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'

import { chatStage, type Actor, type Stage } from '../support/chat-stage.js'
import { until } from '../support/until.js'
import { type ChatBrowser, chatBrowser, enter, type OpenedChat, said, sent, send } from './chat-browser.js'
import { missing } from './chromium.js'

const members = 1_000
const messages = 5_000

describe('in a crowd the page', { skip: missing }, () => {
  let browser: ChatBrowser
  let stage: Stage
  let crowd: Actor[]
  let alice: OpenedChat
  before(async () => {
    stage = await chatStage()
    crowd = Array.from({ length: members - 1 }, (_, index) => stage.actor(`m${index + 1}`))
    browser = await chatBrowser()
    alice = await browser.open(stage.url)
    await enter(alice.page, 'zora')
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  const rows = (page: Page, selector: string): Promise<number> => page.locator(selector).count()

  test('lists a thousand members, and holds only those that are seen', async () => {
    const { page } = alice
    await page.locator('.people .count', { hasText: members.toLocaleString('en') }).waitFor()
    await page.locator('.member').first().waitFor()
    const held = await rows(page, '.member')
    assert.ok(held > 10 && held < 60, `${held} rows`)
    assert.equal(await page.locator('.member-row').first().getAttribute('aria-setsize'), String(members))
  })

  test('goes through all of them by keyboard', async () => {
    const { page } = alice
    await page.locator('.member').first().focus()
    await page.keyboard.press('End')
    await page.locator('.member:focus', { hasText: 'zora' }).waitFor()
    await page.keyboard.press('ArrowUp')
    await page.locator('.member:focus', { hasText: 'm999' }).waitFor()
    await page.keyboard.press('Home')
    await page.locator('.member:focus', { hasText: /^Mm1$/ }).waitFor()
    assert.ok((await rows(page, '.member')) < 60)
  })

  test('finds one of them', async () => {
    const { page } = alice
    await page.locator('.people input').fill('m77')
    await until('only those are there', async () => (await rows(page, '.member')) === 11)
    await page.locator('.people input').fill('')
  })

  test('takes five thousand messages, and holds some screens of them', async () => {
    const { page } = alice
    for (let count = 1; count <= messages; count++) {
      crowd[count % crowd.length]?.say('#lobby', `number ${count};`)
      // As they would come: in bursts, with time between.
      if (count % 250 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await said(page, `number ${messages};`).waitFor()
    assert.ok((await rows(page, '.message')) <= 240)
    await send(page, 'still quick')
    await sent(page, 'still quick').waitFor()
  })

  test('keeps the place of who reads above while others go on', async () => {
    const { page } = alice
    const reading = said(page, `number ${messages - 200};`)
    await until('it is there', async () => {
      await page.evaluate("document.querySelector('.stream').scrollTop -= 400")
      return (await reading.count()) === 1
    })
    await reading.scrollIntoViewIfNeeded()
    const y = (await reading.boundingBox())?.y ?? 0
    for (let count = 0; count < 300; count++) crowd[0]?.say('#lobby', `later ${count};`)
    await page.locator('.jump', { hasText: /\d+ new messages/ }).waitFor()
    await until('all have come', async () => /300/.test((await page.locator('.jump').textContent()) ?? ''))
    assert.ok(Math.abs(((await reading.boundingBox())?.y ?? 0) - y) < 2, 'what is read did not move')
    await page.locator('.jump').click()
    await said(page, 'later 299;').waitFor()
    await page.locator('.jump').waitFor({ state: 'hidden' })
  })

  test('scrolls back to the first message, page by page', async () => {
    const late = await browser.open(stage.url)
    await enter(late.page, 'late')
    await until('messages of before are there', async () => {
      await late.page.evaluate("document.querySelector('.stream').scrollTop = 0")
      return (await said(late.page, 'number 4700;').count()) === 1
    })
    assert.ok((await rows(late.page, '.message')) <= 240)
    await late.close()
  })

  test('keeps the place while older messages are put above', async () => {
    const { page, close } = await browser.open(stage.url)
    await enter(page, 'reader')
    const first = page.locator('.message').first()
    await first.waitFor()
    const text = (await first.locator('.words').textContent()) ?? ''
    const same = page.locator('.message .words', { hasText: text }).first()
    const count = await rows(page, '.message')
    await page.evaluate("document.querySelector('.stream').scrollTop = 300")
    const y = (await same.boundingBox())?.y ?? 0
    await until('older ones have come', async () => (await rows(page, '.message')) > count)
    assert.ok(Math.abs(((await same.boundingBox())?.y ?? 0) - y) < 2, 'what is read did not move')
    await close()
  })

  test('speaks to screen readers without flooding them', async () => {
    const { page } = alice
    const log = page.locator('[aria-live=polite][role=log]')
    for (let count = 0; count < 50; count++) crowd[1]?.say('#lobby', `flood ${count};`)
    await said(page, 'flood 49;').waitFor()
    await log
      .locator('p', { hasText: /new messages in #lobby/ })
      .last()
      .waitFor({ state: 'attached' })
    assert.ok((await log.locator('p').count()) <= 6)
  })

  test('complains about nothing', () => assert.deepEqual(alice.complaints, []))
})
