/** Names and words that would like to be more than text. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { PageMessage } from '#lanework/services/chat/page/index.js'
import { chatStage, type Stage } from '../support/chat-stage.js'
import { type ChatBrowser, chatBrowser, enter, type OpenedChat, said } from './chat-browser.js'
import { missing } from './chromium.js'

const texts = {
  markup: '<img src=x onerror="alert(1)"><script>alert(2)</script>&lt;b&gt; </li></ol>',
  script: 'javascript:alert(1) data:text/html,<h1>x</h1> vbscript:x',
  zalgo: `z${'\u0335\u0321\u0322\u034f\u0489'.repeat(60)}algo`,
  arabic: 'مرحبا بالعالم hello (123) <b>',
  long: 'W'.repeat(2_000),
  emoji: '👩‍👩‍👧‍👦🏳️‍🌈🇩🇪'.repeat(20),
  template: '${alert(1)} {{constructor.constructor("alert(1)")()}} %3Cscript%3E',
  names: '__proto__ constructor hasOwnProperty toString',
}

describe('what somebody writes', { skip: missing }, () => {
  let browser: ChatBrowser
  let stage: Stage
  let alice: OpenedChat
  before(async () => {
    stage = await chatStage()
    browser = await chatBrowser()
    alice = await browser.open(stage.url)
    await enter(alice.page, 'alice')
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  for (const [name, text] of Object.entries(texts))
    test(`stays text, and inside its place: ${name}`, async () => {
      stage.actor(`by-${name}`).say('#lobby', text)
      const words = alice.page
        .locator('.message', { hasText: `by-${name}` })
        .locator('.words')
        .last()
      await words.waitFor()
      const [, shown = ''] = /^[^:]*: (.*)$/s.exec((await words.textContent()) ?? '') ?? []
      assert.equal(shown, text)
      assert.equal(await words.locator(':not(a):not(.unseen)').count(), 0, 'no element but links')
      const wide = await alice.page.evaluate(
        "[document.documentElement, document.querySelector('.stream')].some((node) => node.scrollWidth > node.clientWidth)",
      )
      assert.equal(wide, false, 'nothing scrolls sideways')
    })

  test('becomes a link only where it is an address of the web', async () => {
    const mira = stage.actor('mira')
    mira.say(
      '#lobby',
      'see (https://example.org/a_(b)?q=1#x), http://user@evil.example, HTTPS://EXAMPLE.ORG. ftp://no javascript://no',
    )
    const links = said(alice.page, 'see (https').locator('a')
    await links.first().waitFor()
    assert.deepEqual(
      await alice.page.evaluate(
        "[...document.querySelectorAll('.words a[href]')].map((link) => [link.textContent, link.href, link.rel, link.target])",
      ),
      [
        [
          'https://example.org/a_(b)?q=1#x',
          'https://example.org/a_(b)?q=1#x',
          'noopener noreferrer nofollow',
          '_blank',
        ],
        ['http://user@evil.example', 'http://user@evil.example/', 'noopener noreferrer nofollow', '_blank'],
        ['HTTPS://EXAMPLE.ORG', 'https://example.org/', 'noopener noreferrer nofollow', '_blank'],
      ],
    )
  })

  test('may be the name of a room, a topic, a reason or an away text', async () => {
    const evil = '"><svg/onload=alert(1)>'
    const owner = stage.actor('owner', ['#<i>x</i>'])
    owner.ask('topic', { room: '#<i>x</i>', topic: evil })
    await alice.page.locator('#compose').fill('/join #<i>x</i>')
    await alice.page.locator('#compose').press('Enter')
    await alice.page.locator('.topic', { hasText: evil }).waitFor()
    assert.equal(await alice.page.locator('.room-head h1').textContent(), '<i>x</i>')
    owner.ask('away', { text: evil })
    await alice.page.locator('.member.is-away', { hasText: 'owner' }).waitFor()
    owner.ask('kick', { room: '#<i>x</i>', nick: 'alice', reason: evil })
    await alice.page.locator('.toast', { hasText: evil }).waitFor()
    assert.equal(await alice.page.locator('svg[onload], img, script:not([src])').count(), 0)
  })

  test('may come from a server that shows control characters and overrides of direction as they are', async () => {
    const event = { event: 'said', id: 'f'.repeat(20), atMs: Date.now(), by: { id: 'x', nick: '\u202eecila', user: 'u', host: 'h' }, to: '#lobby', kind: 'message', text: '\u202egnorw' } // prettier-ignore
    stage.tellAll(event as PageMessage)
    await said(alice.page, 'gnorw').waitFor()
    // The name is isolated: what turns direction does not reach the time beside it.
    assert.equal(await alice.page.locator('.message .nick bdi', { hasText: 'ecila' }).count(), 1)
  })

  test('never runs', () => assert.deepEqual(alice.complaints, []))
})
