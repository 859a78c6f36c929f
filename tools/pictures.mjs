/**
 * `node tools/pictures.mjs`: draws the pictures of docs/pictures that show simulations, SVG charts and screenshots of the page, light and
 * dark. It needs a build and Debian's Chromium (LANEWORK_CHROMIUM names another); the same input gives the same pictures.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { fcfs, ganttSvg, mlfq, pageFor, rr, simulate, sjf, statesSvg } = await import('../dist/schedule/index.js')
const folder = 'docs/pictures'

const convoy = [
  { name: 'long', bursts: [{ cpu: 20 }] },
  { name: 'B', arrival: 1, bursts: [{ cpu: 2 }] },
  { name: 'C', arrival: 2, bursts: [{ cpu: 2 }] },
  { name: 'D', arrival: 3, bursts: [{ cpu: 2 }] },
]

/** Two that mostly wait, one that only computes, and a batch job. */
const desk = [
  { name: 'render', bursts: [{ cpu: 24 }] },
  {
    name: 'build',
    arrival: 1,
    bursts: [{ cpu: 5 }, { io: 4, device: 'disk' }, { cpu: 6 }, { io: 3, device: 'disk' }, { cpu: 4 }],
  },
  {
    name: 'editor',
    arrival: 2,
    bursts: [{ cpu: 1 }, { io: 6, device: 'keyboard' }, { cpu: 1 }, { io: 6, device: 'keyboard' }, { cpu: 1 }],
  },
  { name: 'mail', arrival: 5, bursts: [{ cpu: 2 }, { io: 8, device: 'network' }, { cpu: 3 }] },
]
const devices = { disk: {}, keyboard: {}, network: {} }

const charts = {
  'gantt-convoy': ganttSvg(simulate(convoy, { policy: fcfs() }), {
    title: 'First come, first served: three short jobs behind a long one',
    width: 760,
  }),
  'gantt-round-robin': ganttSvg(simulate(convoy, { policy: rr({ quantum: 2 }), contextSwitch: 0.25 }), {
    title: 'Round robin with slices of 2 and a switch of 0.25',
    width: 760,
  }),
  'gantt-shortest-first': ganttSvg(
    simulate(
      convoy.map(({ name, bursts }) => ({ name, bursts })),
      { policy: sjf() },
    ),
    {
      title: 'Shortest job first: all are there at once',
      width: 760,
    },
  ),
  'gantt-devices': ganttSvg(simulate(desk, { policy: rr({ quantum: 3 }), devices }), {
    title: 'Four jobs share a CPU and three devices',
    width: 760,
  }),
  'gantt-two-cpus': ganttSvg(simulate(desk, { policy: rr({ quantum: 3 }), cpus: 2, contextSwitch: 0.5, devices }), {
    title: 'The same jobs on two CPUs, with a switch of 0.5',
    width: 760,
  }),
  'job-states': statesSvg(simulate(desk, { policy: mlfq(), devices }), {
    title: 'Running, ready, blocked: each job under a feedback queue',
    width: 760,
  }),
}
for (const [name, svg] of Object.entries(charts)) writeFileSync(join(folder, `${name}.svg`), `${svg}\n`)

const page = pageFor(readFileSync('dist/web/schedule.html', 'utf8'), {
  title: 'Four jobs share a machine',
  description:
    'A picture is rendered and a program built while somebody writes and mail comes in. Who should run next?',
  workload: desk,
  machine: { policy: 'rr', options: { quantum: 3 }, contextSwitch: 0.5, devices },
})

const screens = [
  { name: 'simulate-light', colorScheme: 'light', width: 1280, from: 'header', to: '.pair' },
  { name: 'simulate-dark', colorScheme: 'dark', width: 1280, from: 'header', to: '.pair' },
  { name: 'simulate-narrow', colorScheme: 'light', width: 390, from: '#chart', to: '#states' },
]

const temporary = mkdtempSync(join(tmpdir(), 'lanework-pictures-'))
const file = join(temporary, 'page.html')
writeFileSync(file, page)
const browser = await chromium.launch({
  executablePath: process.env.LANEWORK_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
for (const { name, colorScheme, width, from, to } of screens) {
  const context = await browser.newContext({ viewport: { width, height: 1000 }, colorScheme, reducedMotion: 'reduce' })
  const tab = await context.newPage()
  await tab.goto(pathToFileURL(file).href)
  await tab.locator('#comparison tbody tr').nth(8).waitFor()
  await tab.locator('#time').fill('16')
  await tab.locator('#time').blur()
  const first = await tab.locator(from).boundingBox()
  const last = await tab.locator(to).boundingBox()
  const y = Math.max(0, first.y - 16)
  const clip = { x: 0, y, width, height: last.y + last.height + 20 - y }
  await tab.screenshot({ path: join(folder, `${name}.png`), fullPage: true, clip })
  await context.close()
}
await browser.close()
rmSync(temporary, { recursive: true })
