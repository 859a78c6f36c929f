/** The chat page for everybody: by keyboard alone, by screen reader, in both colour schemes, on narrow screens. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'

import { chatStage, type Stage } from '../support/chat-stage.js'
import { until } from '../support/until.js'
import { type ChatBrowser, chatBrowser, enter, place, said, send, sent } from './chat-browser.js'
import { missing } from './chromium.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: readonly { id: string; nodes: readonly { html: string; failureSummary?: string }[] }[]
  }
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`).join(' | ')}`,
  )
}

describe('the chat page', { skip: missing }, () => {
  let browser: ChatBrowser
  let stage: Stage
  before(async () => {
    stage = await chatStage()
    const mira = stage.actor('Mira', ['#lobby', '#garden'])
    mira.ask('topic', { room: '#garden', topic: 'beans, see https://example.org' })
    for (let index = 0; index < 20; index++) stage.actor(`member${index}`).say('#lobby', `words ${index}`)
    mira.say('#lobby', 'waves', 'action')
    mira.say('#lobby', 'attention', 'notice')
    mira.say('#lobby', 'see https://example.org/page')
    stage.actor('gone', ['#lobby']).ask('away', { text: 'lunch' })
    browser = await chatBrowser()
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    test(`has no violation that axe finds, in any of its states: ${colorScheme}`, async () => {
      const { page, close } = await browser.open(stage.url, { colorScheme })
      assert.deepEqual(await violations(page), [], 'coming in')
      await enter(page, `reader-${colorScheme}`)
      await said(page, 'attention').waitFor()
      stage.actor('Mira2').say('#lobby', `hello reader-${colorScheme}`)
      await page.locator('.is-mention').waitFor()
      await send(page, '/join #garden')
      await place(page, 'garden').and(page.locator('[aria-current]')).waitFor()
      stage.actor('Mira3').say('#lobby', 'unread')
      await place(page, 'lobby').locator('.badge:not(:empty)').waitFor()
      assert.deepEqual(await violations(page), [], 'a room')
      await place(page, 'lobby').click()
      await page.locator('.new-mark').waitFor()
      assert.deepEqual(await violations(page), [], 'new messages')
      for (const [open, dialog] of [
        ['Control+k', '.switcher'],
        ['/help', '.help'],
        ['/rooms', '.browse .room-choice'],
        ['/whois Mira', '.member-card .facts div'],
      ] as const) {
        if (open.startsWith('/')) await send(page, open)
        else await page.keyboard.press(open)
        await page.locator(dialog).first().waitFor()
        assert.deepEqual(await violations(page), [], open)
        await page.keyboard.press('Escape')
        await page.locator('dialog').waitFor({ state: 'detached' })
      }
      await page.locator('[aria-label=Settings]').click()
      assert.deepEqual(await violations(page), [], 'settings')
      await page.keyboard.press('Escape')
      stage.refuse = (name) =>
        name === 'say' ? { code: 'limited', message: 'x', action: 'drop', waitMs: 60_000 } : undefined
      await send(page, 'too fast')
      await page.locator('.compose-note.is-warning').waitFor()
      stage.refuse = (name) => (name === 'enter' ? { code: 'unavailable', message: 'x' } : undefined)
      stage.cut()
      await page.locator('.bar').waitFor()
      assert.deepEqual(await violations(page), [], 'limited and lost')
      stage.refuse = () => undefined
      await close()
    })

  test('is used by keyboard alone', async () => {
    const { page, complaints, close } = await browser.open(stage.url)
    const focused = (): Promise<unknown> =>
      page.evaluate('document.activeElement.id || document.activeElement.textContent')
    await page.keyboard.type('keys')
    await page.keyboard.press('Enter')
    await place(page, 'lobby').waitFor()
    assert.equal(await focused(), 'compose')
    await page.keyboard.type('no mouse')
    await page.keyboard.press('Enter')
    await sent(page, 'no mouse').waitFor()

    await page.keyboard.press('Control+k')
    await page.keyboard.type('#garden')
    await page.keyboard.press('Enter')
    await place(page, 'garden').and(page.locator('[aria-current]')).waitFor()
    await page.keyboard.press('Alt+ArrowUp')
    await place(page, 'lobby').and(page.locator('[aria-current]')).waitFor()

    await page.keyboard.press('Control+k')
    await page.keyboard.type('mira')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    assert.equal(await page.locator('[role=option][aria-selected=true]').count(), 1)
    await page.keyboard.press('Escape')
    await until('the field has the focus', async () => (await focused()) === 'compose')

    await page.keyboard.press('ArrowUp')
    assert.equal(await page.locator('#compose').inputValue(), 'no mouse')
    await page.locator('#compose').fill('')
    await place(page, 'lobby').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await place(page, 'garden').and(page.locator('[aria-current]')).waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })

  test('completes nicks and commands with Tab, and lets Tab go on otherwise', async () => {
    const { page, close } = await browser.open(stage.url)
    await enter(page, 'tabber')
    await page.locator('.member').first().waitFor()
    const field = page.locator('#compose')
    await field.fill('member19')
    await field.press('Tab')
    assert.equal(await field.inputValue(), 'member19: ')
    await field.fill('hi gon')
    await field.press('Tab')
    assert.equal(await field.inputValue(), 'hi gone ')
    await field.fill('/who')
    await field.press('Tab')
    assert.equal(await field.inputValue(), '/whois ')
    await field.fill('nobodylikethis')
    await field.press('Tab')
    assert.equal(await page.locator('#compose:focus').count(), 0)
    await close()
  })

  test('has landmarks, one heading of the first level, and a name for each field', async () => {
    const { page, close } = await browser.open(stage.url)
    await enter(page, 'marks')
    await page.getByRole('textbox', { name: 'Message #lobby' }).waitFor()
    await page.locator('h1').waitFor()
    assert.equal(await page.locator('h1').count(), 1)
    for (const role of ['main', 'navigation', 'complementary'] as const) {
      await page.getByRole(role).first().waitFor()
      assert.equal(await page.getByRole(role).count(), 1, role)
    }
    await close()
  })

  test('turns its sides into drawers on a phone, which Esc closes and Tab does not reach', async () => {
    const { page, close } = await browser.open(stage.url, { viewport: { width: 390, height: 844 } })
    await enter(page, 'phone')
    assert.equal(await page.evaluate("document.querySelector('.places').inert"), true)
    const menu = page.getByRole('button', { name: /^Rooms and messages/ })
    await menu.click()
    assert.equal(await menu.getAttribute('aria-expanded'), 'true')
    assert.equal(await page.locator('.place:focus').count(), 1)
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Escape')
    assert.equal(await menu.getAttribute('aria-expanded'), 'false')
    await page.locator('.people-button').click()
    await page.locator('.member').first().waitFor()
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Escape')
    const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
    assert.equal(wide, false)
    await close()
  })

  test('changes its colours when asked, against the system, and remembers it', async () => {
    const { page, close } = await browser.open(stage.url, { colorScheme: 'light' })
    await enter(page, 'colours')
    const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await ground()
    await page.locator('[aria-label=Settings]').click()
    await page.locator('#settings-theme').selectOption('dark')
    assert.notEqual(await ground(), light)
    const dark = await ground()
    await page.reload()
    await place(page, 'lobby').waitFor()
    assert.equal(await ground(), dark)
    await close()
  })
})
