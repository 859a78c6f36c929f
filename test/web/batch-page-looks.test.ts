/** The page of a batch for every reader: hostile names, many jobs, narrow screens, and what axe-core looks for, light and dark. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'

import { pageTemplate, recordPage } from '#lanework/batch/index.js'
import { hostileNames } from '../schedule/draw/plain.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'
import { mixedJobs, pretendedRun } from '../batch/seen/pretended-batch.js'
import { opened, statesIn, violations } from './batch-stage.js'
import { launchChromium, missing } from './chromium.js'

describe('the page of a batch', { skip: missing }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(() => browser.close())

  test('names of jobs are text, whatever they are', async () => {
    const jobs = hostileNames.filter((name) => name !== '').map((name) => ({ name, bursts: [200] }))
    await opened(
      browser,
      async ({ page, complaints }) => {
        assert.equal(await page.locator('#run-jobs tbody tr').count(), jobs.length)
        assert.deepEqual(complaints, [])
      },
      { jobs },
    )
  })

  test('takes 500 jobs and thousands of slices', async () => {
    const jobs = Array.from({ length: 500 }, (_, index) => ({ name: `job${index}`, bursts: [200, 50, 300] }))
    await opened(
      browser,
      async ({ batch, page, complaints }) => {
        while (!batch.isOver) batch.advance(1_000)
        await until('all have ended', async () =>
          ((await page.locator('#run-jobs caption').textContent()) ?? '').startsWith('500 ended'),
        )
        assert.ok(batch.steps.length > 3_000)
        assert.deepEqual(complaints, [])
      },
      { jobs, ms: 20_000 },
    )
  })

  for (const colorScheme of ['light', 'dark'] as const)
    test(`has no violation that axe finds, live and kept: ${colorScheme}`, async () => {
      await opened(
        browser,
        async ({ page, batch }) => {
          await page.locator('#comparison tbody tr').nth(10).waitFor()
          await page.getByRole('button', { name: 'Pause build' }).click()
          await until('it is paused', async () => (await statesIn(page))['build'] === 'paused')
          assert.equal(batch.acted.length, 1)
          assert.deepEqual(await violations(page), [])
        },
        { colorScheme, ms: 2_000, jobs: [...mixedJobs, { name: 'long', bursts: [60_000] }] },
      )
      const file = `${folder}/kept-${colorScheme}.html`
      writeFileSync(file, recordPage(readFileSync(pageTemplate, 'utf8'), pretendedRun().recordNow()))
      const context = await browser.newContext({ colorScheme })
      const page = await context.newPage()
      await page.goto(`file://${file}`)
      await page.locator('#comparison tbody tr').nth(10).waitFor()
      assert.deepEqual(await violations(page), [])
      await context.close()
    })

  test('fits a narrow screen', async () => {
    await opened(
      browser,
      async ({ page }) => {
        const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        assert.equal(wide, 0)
      },
      { viewport: { width: 360, height: 740 } },
    )
  })
})
