/** The page of `lanework simulate --html`, used as a reader would. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import * as schedule from '#lanework/schedule/index.js'
import { compared, launch, type Opener, slide, tile } from './browser.js'
import { missing } from './chromium.js'
import { crowded, mixed, one, twoHundred } from './workloads.js'

const { numberText, rr, simulate } = schedule

describe('the page', { skip: missing }, () => {
  let opener: Opener
  before(async () => {
    opener = await launch()
  })
  after(() => opener.close())

  test('shows what the library computes', async () => {
    const { page, complaints, close } = await opener.open(mixed)
    const { system } = simulate(mixed.workload, { policy: rr({ quantum: 2 }), devices: { disk: {} } })
    assert.equal(await tile(page, 'Turnaround'), numberText(system.average.turnaround))
    assert.equal(await tile(page, 'Waiting'), numberText(system.average.waiting))
    assert.equal(await tile(page, 'Makespan'), numberText(system.makespan))
    assert.equal(await page.title(), 'Three jobs · lanework simulate')
    assert.deepEqual(complaints, [])
    await close()
  })

  test('draws and computes anew as sliders move', async () => {
    const { page, complaints, close } = await opener.open(mixed)
    const picture = (): Promise<string> => page.locator('#chart svg').first().innerHTML()
    const before = await picture()
    await slide(page, '#option-quantum', 2)
    assert.notEqual(await picture(), before)
    const longer = simulate(mixed.workload, { policy: rr({ quantum: 4 }), devices: { disk: {} } }).system
    assert.equal(await tile(page, 'Turnaround'), numberText(longer.average.turnaround))

    const withoutCost = await picture()
    await slide(page, '#switch-cost', 3)
    assert.notEqual(await picture(), withoutCost)
    const cost = Number(await page.locator('#switch-cost').inputValue())
    const costly = simulate(mixed.workload, { policy: rr({ quantum: 4 }), contextSwitch: cost, devices: { disk: {} } })
    assert.ok(cost > 0)
    assert.equal(await tile(page, 'Turnaround'), numberText(costly.system.average.turnaround))
    assert.match((await page.locator('.usage-legend').textContent()) ?? '', /switching [1-9]/)

    await slide(page, '#cpus', 1)
    assert.match((await page.locator('#chart svg').first().textContent()) ?? '', /CPU 0.*CPU 1/)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('offers every policy of the table, and shows the options of the one that is taken', async () => {
    const { page, complaints, close } = await opener.open(mixed)
    for (const { name, options } of schedule.policyTable) {
      await page.locator('#policy').focus()
      await page.locator('#policy').selectOption(name)
      const shown = options.filter(({ type }) => !['weights', 'policy', 'queues'].includes(type))
      for (const option of shown)
        assert.equal(await page.locator(`#option-${option.name}`).count(), 1, `${name} ${option.name}`)
      assert.equal(await page.locator('[id^=option-]').count(), shown.length, name)
      assert.equal(await page.evaluate('document.activeElement.id'), 'policy', name)
    }
    assert.deepEqual(complaints, [])
    await close()
  })

  test('compares all policies and takes one of them', async () => {
    const { page, close } = await opener.open(mixed)
    const rows = page.locator('#comparison tbody tr')
    await compared(page)
    const listed = await rows.locator('button').allTextContents()
    const failed = await page.locator('#comparison p.soft').count()
    assert.equal(listed.length + failed - 1, schedule.policyTable.length)
    await page.locator('#comparison').getByRole('button', { name: 'First come, first served' }).click()
    assert.equal(await page.locator('#policy').inputValue(), 'fcfs')
    await page.locator('button[aria-pressed=true]', { hasText: 'First come' }).waitFor()
    await close()
  })

  test('says what is wrong with a setting, and goes on with the next', async () => {
    const { page, complaints, close } = await opener.open(mixed)
    await page.locator('#policy').selectOption('mlfq')
    const list = page.locator('[id^=option-][type=text]').first()
    await page
      .locator('details.more summary')
      .click()
      .catch(() => undefined)
    await list.fill('nonsense')
    await list.press('Enter')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Option .* must be/)
    await page.locator('#policy').selectOption('fcfs')
    assert.equal(await page.getByRole('alert').count(), 0)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('goes through time by moment, and says at each what happens and why', async () => {
    const { page, close } = await opener.open(mixed)
    const said = page.locator('#moment [role=status]')
    await page.getByRole('button', { name: 'One moment on' }).click()
    assert.match((await said.textContent()) ?? '', /^Time 1\. B is new, B is ready\. The CPU: A runs\./)
    assert.match((await page.locator('.why').textContent()) ?? '', /A is next in the ring|A /)
    await page.getByRole('button', { name: 'To the end' }).click()
    assert.match((await page.locator('#states .unseen').textContent()) ?? '', /3 done/)
    await page.getByRole('button', { name: 'One moment back' }).click()
    assert.doesNotMatch((await page.locator('#states .unseen').textContent()) ?? '', /3 done/)
    await page.getByRole('button', { name: 'To the start' }).click()
    assert.equal(await page.locator('.time').textContent(), '0')
    await close()
  })

  test('goes to the time that was clicked in the chart', async () => {
    const { page, close } = await opener.open(mixed)
    const box = await page.locator('#chart svg').first().boundingBox()
    assert.ok(box)
    await page.mouse.click(box.x + box.width - 12, box.y + 20)
    assert.ok(Number(await page.locator('.time').textContent()) > 13)
    await close()
  })

  test('plays to the end and stops', async () => {
    const { page, complaints, close } = await opener.open(one)
    await page.locator('#speed').selectOption('4')
    await page.getByRole('button', { name: 'Play' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.getByRole('button', { name: 'Play' }).waitFor({ timeout: 60_000 })
    assert.equal(await page.locator('.time').textContent(), '1')
    assert.deepEqual(complaints, [])
    await close()
  })

  test('shows the states of each thread, and both charts as tables', async () => {
    const { page, close } = await opener.open(mixed)
    await page.locator('#chart summary').click()
    assert.equal(await page.locator('#chart tbody tr').first().textContent(), 'CPU02Arun')
    await page.getByText('States of each thread').first().click()
    assert.equal(await page.locator('#chart tbody tr').first().textContent(), 'A02running')
    await close()
  })

  test('takes 200 jobs', async () => {
    const { page, complaints, close } = await opener.open(twoHundred)
    assert.equal(await page.locator('#jobs tbody tr').count(), 200)
    assert.equal(await page.locator('.token').count(), 200)
    await page.getByText('States of each thread').first().click()
    await page.locator('#time').fill('400')
    assert.match((await page.locator('#moment').textContent()) ?? '', /Ready queue \(\d+\)/)
    await compared(page)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('shows how memory is shared, and jobs that wait for it', async (context) => {
    if (!('variablePartitions' in schedule)) {
      context.skip('this build has no allocators')
      return
    }
    const { page, complaints, close } = await opener.open(crowded)
    await page.locator('#time').fill('4')
    assert.ok((await page.locator('.memory-map div').count()) > 1)
    await page.locator('#memory').selectOption('none')
    assert.equal(await page.locator('.memory-map').isVisible(), false)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('without a workload shows an example', async () => {
    const { page, complaints, close } = await opener.open()
    assert.equal(await page.locator('h1').textContent(), 'Three jobs on one CPU')
    assert.deepEqual(complaints, [])
    await close()
  })
})
