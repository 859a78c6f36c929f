/** The page is for everyone: by keyboard, at any width, with less motion; and for no attacker. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { compared, launch, type Opener, template } from './browser.js'
import { missing } from './chromium.js'
import { hostile, mixed, twoHundred } from './workloads.js'

describe('the page', { skip: missing }, () => {
  let opener: Opener
  before(async () => {
    opener = await launch()
  })
  after(() => opener.close())

  test('is used by keyboard alone, and shows where the focus is', async () => {
    const { page, complaints, close } = await opener.open(mixed)
    const seen: string[] = []
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      const at = (await page.evaluate(`(() => {
        const e = document.activeElement
        if (e === document.body) return ['', 'none']
        const outline = getComputedStyle(e.matches('.segments input') ? e.nextElementSibling : e).outlineStyle
        return [e.id || e.getAttribute('aria-label') || e.name || e.textContent, outline]
      })()`)) as [string, string]
      if (at[0] === seen[0]) break
      seen.push(at[0])
      if (!at[0].startsWith('lanework') && at[0] !== '') assert.notEqual(at[1], 'none', `no focus seen on ${at[0]}`)
      if (at[0] === 'One moment on') await page.keyboard.press('Enter')
    }
    for (const wanted of ['policy', 'option-quantum', 'switch-cost', 'cpus', 'Play', 'time', 'speed', 'chart', 'theme'])
      assert.ok(seen.includes(wanted), `${wanted} is not reached: ${seen.join(', ')}`)
    assert.equal(await page.locator('.time').textContent(), '1')
    await page.locator('#time').focus()
    await page.keyboard.press('ArrowRight')
    assert.match((await page.locator('#time').getAttribute('aria-valuetext')) ?? '', /^time 2, moment 3 of \d+$/)
    assert.deepEqual(complaints, [])
    await close()
  })

  for (const width of [320, 360, 768, 1100, 1920])
    test(`fits a screen of ${width} pixels`, async () => {
      for (const content of [mixed, hostile, twoHundred]) {
        const { page, close } = await opener.open(content, { viewport: { width, height: 800 } })
        await compared(page)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, content.title)
        await close()
      }
    })

  test('moves nothing for who asked for less motion, and plays moment by moment', async () => {
    const { page, close } = await opener.open(mixed, { reducedMotion: 'reduce' })
    assert.equal(await page.evaluate('getComputedStyle(document.querySelector(".token")).transitionDuration'), '0s')
    await page.locator('#speed').selectOption('4')
    await page.evaluate(`window.seen = new Promise((resolve) => {
      const times = []
      const time = document.querySelector('.time')
      new MutationObserver(() => {
        if (!times.includes(time.textContent)) times.push(time.textContent)
        if (times.length === 4) resolve(times)
      }).observe(time, { childList: true, characterData: true, subtree: true })
    }); undefined`)
    await page.getByRole('button', { name: 'Play' }).click()
    const times = (await page.evaluate('window.seen')) as string[]
    assert.ok(
      times.every((time) => Number.isInteger(Number(time))),
      times.join(' '),
    )
    await close()
  })

  test('moves otherwise', async () => {
    const { page, close } = await opener.open(mixed, { reducedMotion: 'no-preference' })
    assert.notEqual(await page.evaluate('getComputedStyle(document.querySelector(".token")).transitionDuration'), '0s')
    await close()
  })

  test('shows hostile names as text, runs nothing of them, and asks no network', async () => {
    const { page, complaints, close } = await opener.open(hostile)
    assert.equal(await page.locator('h1').textContent(), '</script><script>alert("title")</script>\\x1b[31m')
    assert.equal(await page.locator('img, iframe, object, embed, link').count(), 0)
    assert.equal(await page.locator('script').count(), 2)
    const names = await page.locator('#jobs tbody .chip-name').allTextContents()
    assert.ok(names.includes('</script><script>alert(1)</script>'))
    assert.ok(names.includes('\\u{202e}txt.exe'))
    await page.getByText('States of each thread').first().click()
    await page.locator('#time').fill('9')
    assert.deepEqual(complaints, [])
    await close()
  })

  test('forbids by its policy any script, style or request but its own', async () => {
    const { page, complaints, close } = await opener.open(mixed)
    await page.evaluate(`(() => {
      const script = document.createElement('script')
      script.textContent = 'window.intruded = true'
      document.body.append(script)
    })()`)
    assert.equal(await page.evaluate('window.intruded'), undefined)
    assert.equal(await page.evaluate('fetch("http://127.0.0.1:9/").then(() => "sent", () => "refused")'), 'refused')
    assert.equal(complaints.filter((line) => line.includes('Content Security Policy')).length >= 2, true)
    assert.match(template, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/)
    await close()
  })
})
