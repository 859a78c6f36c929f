/** What axe-core looks for, contrast and labels among it, is in order on the page, light and dark. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'

import { compared, launch, type Opener } from './browser.js'
import { missing } from './chromium.js'
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
    for (const [name, content] of Object.entries({ mixed, one, hostile }))
      test(`has no violation that axe finds: ${name}, ${colorScheme}`, async () => {
        const { page, close } = await opener.open(content, { colorScheme })
        await compared(page)
        // The table behind the chart is as long as the run; one of them stands for all.
        if (content === mixed) await page.locator('#chart summary').click()
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

  test('has none with 200 jobs', async () => {
    const { page, close } = await opener.open(twoHundred)
    await compared(page)
    assert.deepEqual(await violations(page), [])
    await close()
  })
})
