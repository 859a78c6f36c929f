/** The page of a batch in a browser: what goes on is shown, can be changed, and can be kept. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'

import { serveBatchPage } from '#lanework/batch/index.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'
import { mixedJobs, PretendedBatch } from '../batch/seen/pretended-batch.js'
import { listen, opened, statesIn } from './batch-stage.js'
import { launchChromium, missing } from './chromium.js'

describe('the page of a batch', { skip: missing }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(() => browser.close())

  test('shows who has which CPU, the states, the jobs and the figures of the run as it goes', async () => {
    await opened(browser, async ({ batch, page, complaints }) => {
      await page.getByText('Live', { exact: true }).waitFor()
      assert.match((await page.locator('#chart svg').first().textContent()) ?? '', /CPU 0.*CPU 1/)
      assert.deepEqual(Object.keys(await statesIn(page)).toSorted(), ['build', 'compress', 'mirror', 'tests'])
      assert.match((await page.locator('.lead').textContent()) ?? '', /^rr, quantum 100 ms · 2 CPUs/)
      while (!batch.isOver) batch.advance(200)
      await until('all have ended', async () => {
        const states = await statesIn(page)
        return states['compress'] === 'ok' && states['build'] === 'ok' && states['tests'] === 'failed'
      })
      await page.locator('#states .unseen', { hasText: '4 done' }).waitFor({ state: 'attached' })
      batch.end()
      await page.getByText('This is the whole run.').waitFor()
      assert.deepEqual(complaints, [])
    })
  })

  test('changes the policy while it runs, by keyboard, and says so', async () => {
    await opened(browser, async ({ batch, page, complaints }) => {
      await page.locator('#policy').focus()
      await page.locator('#policy').selectOption('mlfq')
      await page.getByRole('button', { name: 'Take it' }).press('Enter')
      await page.getByText('Multilevel feedback queue decides now.').waitFor()
      assert.equal(batch.policies.at(-1)?.choice.name, 'mlfq')
      await page.locator('.lead', { hasText: 'mlfq' }).waitFor()
      await page.locator('#policy').selectOption('rr')
      await page.locator('#option-quantum').focus()
      for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight')
      const quantum = Number(await page.locator('#option-quantum').inputValue())
      await page.getByRole('button', { name: 'Take it' }).click()
      await page.getByText('Round robin decides now.').waitFor()
      assert.deepEqual(batch.policies.at(-1)?.choice, { name: 'rr', options: { quantum } })
      assert.ok(quantum > 100)
      assert.deepEqual(complaints, [])
    })
  })

  test('says what the batch refuses', async () => {
    await opened(browser, async ({ page, batch }) => {
      batch.setPolicy = () => Promise.reject(new Error('Slices must be 10 ms or longer. <b>'))
      await page.getByRole('button', { name: 'Take it' }).click()
      await page.getByText('Slices must be 10 ms or longer. <b>').waitFor()
      batch.act = () => Promise.reject(new Error('Not this one.'))
      await page.getByRole('button', { name: 'Cancel compress' }).click()
      await page.getByRole('alert').getByText('Not this one.').waitFor()
    })
  })

  test('pauses, resumes and cancels a job, and the button stays under the finger', async () => {
    await opened(browser, async ({ batch, page }) => {
      await page.getByRole('button', { name: 'Pause compress' }).focus()
      await page.keyboard.press('Enter')
      await until('it is paused', async () => (await statesIn(page))['compress'] === 'paused')
      assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Pause compress')
      await page.getByRole('button', { name: 'Resume compress' }).click()
      await until('it is resumed', async () => (await statesIn(page))['compress'] !== 'paused')
      await page.getByRole('button', { name: 'Cancel compress' }).click()
      await until('it is cancelled', async () => (await statesIn(page))['compress'] === 'cancelled')
      assert.deepEqual(
        batch.acted.map(({ action, jobs }) => [action.kind, jobs]),
        [
          ['pause', [1]],
          ['resume', [1]],
          ['cancel', [1]],
        ],
      )
      assert.equal(await page.getByRole('button', { name: 'Cancel compress' }).getAttribute('aria-disabled'), 'true')
    })
  })

  test('gives a job another priority, by keyboard, and keeps what is typed until it is taken', async () => {
    await opened(browser, async ({ batch, page, complaints }) => {
      const field = page.getByRole('spinbutton', { name: 'Priority of compress' })
      assert.equal(await field.inputValue(), '0')
      await field.focus()
      await page.keyboard.press('Control+A')
      await page.keyboard.type('-2.5')
      await batch.setPolicy({ name: 'fcfs' })
      await page.locator('.lead', { hasText: 'fcfs' }).waitFor()
      assert.equal(await field.inputValue(), '-2.5', 'news do not replace it')
      assert.equal(batch.acted.length, 0)
      await page.keyboard.press('Enter')
      await page.getByRole('status').getByText('compress has priority -2.5 now.').waitFor({ state: 'attached' })
      assert.deepEqual(batch.acted, [{ action: { kind: 'priority', priority: -2.5 }, jobs: [1] }])
      await page.keyboard.press('ArrowUp')
      await until('a step more is taken', () => batch.acted.length === 2)
      // What is no number, and what was thought better of, is not taken.
      const taken = await field.inputValue()
      await page.keyboard.press('Control+A')
      await page.keyboard.press('Delete')
      await page.keyboard.press('Tab')
      assert.equal(await field.inputValue(), taken)
      await field.focus()
      await page.keyboard.type('7')
      await page.keyboard.press('Escape')
      assert.equal(await field.inputValue(), taken)
      await page.getByRole('button', { name: 'Pause compress' }).focus()
      assert.equal(batch.acted.length, 2)
      batch.act = () => Promise.reject(new Error('Not this one.'))
      await page.getByRole('spinbutton', { name: 'Priority of build' }).fill('3')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').getByText('Not this one.').waitFor()
      assert.equal(await page.getByRole('spinbutton', { name: 'Priority of build' }).inputValue(), '0')
      assert.deepEqual(complaints, [])
    })
  })

  test('the priority of a job that has ended stays', async () => {
    await opened(browser, async ({ batch, page }) => {
      while (!batch.isOver) batch.advance(200)
      await until('the end came', async () => (await statesIn(page))['build'] === 'ok')
      const field = page.getByRole('spinbutton', { name: 'Priority of build' })
      assert.equal(await field.isEditable(), false)
    })
  })

  test('follows the run until somebody goes back, and again when asked', async () => {
    await opened(browser, async ({ batch, page }) => {
      const follow = page.getByRole('button', { name: 'Follow' })
      assert.equal(await follow.getAttribute('aria-pressed'), 'true')
      await page.getByRole('button', { name: 'To the start' }).click()
      assert.equal(await follow.getAttribute('aria-pressed'), 'false')
      while (!batch.isOver) batch.advance(200)
      await until('the end came', async () => (await statesIn(page))['compress'] === 'ok')
      assert.equal(await page.locator('.time').textContent(), '0')
      await follow.click()
      // What is still on its way to the page it follows, too.
      await until('the end is shown', async () => Number(await page.locator('.time').textContent()) > 1.5)
    })
  })

  test('shows what the simulator makes of the same jobs under every policy, beside what was measured', async () => {
    await opened(
      browser,
      async ({ batch, page, complaints }) => {
        while (!batch.isOver) batch.advance(200)
        const rows = page.locator('#comparison tbody tr')
        await rows.nth(10).waitFor()
        assert.match((await rows.first().textContent()) ?? '', /^As it was/)
        assert.match((await page.locator('#prediction').textContent()) ?? '', /makespan [+−][\d.]+ %, mean turnaround/)
        await page.locator('#comparison').getByRole('button', { name: 'First come, first served' }).click()
        assert.equal(await page.locator('#policy').inputValue(), 'fcfs')
        assert.deepEqual(complaints, [])
      },
      { ms: 2_000 },
    )
  })

  test('comes back when the connection breaks', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(500)
    let server = await serveBatchPage(batch)
    const { port, hash } = new URL(server.url)
    const token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(server.url)
    await page.getByText('Live', { exact: true }).waitFor()
    await server.close()
    await page.getByText('The connection is lost').waitFor()
    batch.advance(3_000)
    server = await serveBatchPage(batch, { listen: `ws://127.0.0.1:${port}/batch`, token })
    await page.getByText('Live', { exact: true }).waitFor()
    await until('it caught up', async () => (await statesIn(page))['build'] === 'ok')
    await server.close()
    server = await serveBatchPage(batch, { listen: `ws://127.0.0.1:${port}/batch` })
    await page.getByText('does not know this address').waitFor()
    await context.close()
    await server.close()
  })

  test('keeps the run as a file that opens without the server', async () => {
    const path = `${folder}/run.html`
    await opened(browser, async ({ batch, page }) => {
      while (!batch.isOver) batch.advance(200)
      await until('the end came', async () => (await statesIn(page))['build'] === 'ok')
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save this run as a page' }).click()
      await (await download).saveAs(path)
    })
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints = listen(page, '')
    await page.goto(`file://${path}`)
    await page.locator('#chart svg').first().waitFor()
    assert.equal((await statesIn(page))['tests'], 'failed')
    assert.equal(await page.locator('#save').isVisible(), false)
    assert.equal(await page.getByRole('button', { name: /^(Pause|Cancel) / }).count(), 0)
    assert.equal(await page.getByRole('spinbutton', { name: /^Priority/ }).count(), 0)
    await page.locator('#comparison tbody tr').nth(10).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
