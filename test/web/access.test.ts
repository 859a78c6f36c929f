/** The page is for everyone: keyboard, screen reader, any width, either colour scheme, less motion; and for no attacker. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'

import { compared, launch, missing, type Opener, template } from './browser.js'
import { hostile, mixed, one, twoHundred } from './workloads.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as { violations: readonly Violation[] }
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

describe('the page', { skip: missing }, () => {
  let opener: Opener
  before(async () => {
    opener = await launch()
  })
  after(() => opener.close())

  for (const colorScheme of ['light', 'dark'] as const)
    for (const [name, content] of Object.entries({ mixed, one, hostile, twoHundred }))
      test(`has no violation that axe finds: ${name}, ${colorScheme}`, async () => {
        const { page, close } = await opener.open(content, { colorScheme })
        await compared(page)
        await page.locator('#chart summary').click()
        await page.locator('#time').fill('3')
        assert.deepEqual(await violations(page), [])
        await close()
      })

  test('changes its colours when asked, against the system', async () => {
    const { page, close } = await opener.open(mixed, { colorScheme: 'light' })
    const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await ground()
    await page.locator('#theme').selectOption('dark')
    assert.notEqual(await ground(), light)
    assert.deepEqual(await violations(page), [])
    await page.locator('#theme').selectOption('auto')
    assert.equal(await ground(), light)
    await close()
  })

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
