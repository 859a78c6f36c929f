/**
 * `node tools/batch-pictures.mjs`: runs one mixed load of real programs under four policies, and draws what happened for docs/pictures;
 * then the live picture of the terminal and the page of the batch, light and dark. Needs a build, a quiet machine, and for the
 * screenshots Debian's Chromium (LANEWORK_CHROMIUM names another). No two runs of real programs are the same, nor are their pictures.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { followRecord, liveFrame, openBatch, recordSvg, serveBatchPage, usableCpus } =
  await import('../dist/batch/index.js')
const folder = 'docs/pictures'
const only = process.argv.slice(2)

/** A program that computes so many rounds; about 0.1 s for each 1.5 million on a machine of 2020. */
const compute = (millions) => ['awk', `BEGIN { for (i = 0; i < ${millions} * 1000000; i++) sum += i }`]
const shell = (command) => ['sh', '-c', command]

/** One that compresses, one that sorts, one that computes checksums, one that mostly waits, and three short ones that come later. */
const load = [
  { name: 'compress', argv: shell('head -c 40000000 /dev/urandom | gzip -6 > /dev/null'), burst: 1_900 },
  { name: 'sort', argv: shell('seq 1 250000 | sort -R | sort -n > /dev/null'), burst: 1_500 },
  { name: 'checksum', argv: shell('head -c 250000000 /dev/zero | sha256sum'), burst: 1_000 },
  {
    name: 'editor',
    argv: shell(
      `for n in 1 2 3 4 5; do ${compute(0.4)
        .map((word) => `'${word}'`)
        .join(' ')}; sleep 0.4; done`,
    ),
    burst: 60,
  },
  { name: 'short-1', argv: compute(1.5), burst: 120, delayMs: 400 },
  { name: 'short-2', argv: compute(1.5), burst: 120, delayMs: 800 },
  { name: 'short-3', argv: compute(1.5), burst: 120, delayMs: 1_200 },
]

const policies = [
  [{ name: 'fcfs' }, 'First come, first served'],
  [{ name: 'sjf' }, 'Shortest job first, lengths as declared'],
  [{ name: 'rr', options: { quantum: 100 } }, 'Round robin, slices of 100 ms'],
  [{ name: 'mlfq', options: { quantum: 50 } }, 'Multilevel feedback queue, first slices of 50 ms'],
]

/** One CPU is enough, and shows most. */
const cpus = [usableCpus()[0] ?? 0]

async function withBatch(settings, work) {
  const place = mkdtempSync(join(tmpdir(), 'lanework-pictures-'))
  const batch = await openBatch({ folder: join(place, 'batch'), cpus, ...settings })
  try {
    return await work(batch)
  } finally {
    await batch.close({ endJobs: true })
    rmSync(place, { recursive: true, force: true })
  }
}

function isWanted(name) {
  return only.length === 0 || only.some((word) => name.includes(word))
}

for (const [policy, title] of policies) {
  if (!isWanted(policy.name)) continue
  const record = await withBatch({ policy }, async (batch) => {
    await batch.add(load)
    const ended = await batch.wait({ all: true })
    for (const { name, outcome, why } of ended) if (outcome !== 'ok') throw new Error(`${name}: ${outcome}, ${why}`)
    return batch.record()
  })
  for (const kind of ['gantt', 'states'])
    writeFileSync(`${folder}/batch-${policy.name}-${kind}.svg`, recordSvg(record, { kind, width: 860, title }))
  console.log(`${policy.name}: ${record.steps.length} steps, ${Math.round(record.until)} ms`)
}

/** The page and the terminal, in the middle of the run. */
const executablePath = process.env['LANEWORK_CHROMIUM'] ?? '/usr/bin/chromium'
if (isWanted('page') && existsSync(executablePath)) {
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  await withBatch({ policy: policies[2][0] }, async (batch) => {
    const server = await serveBatchPage(batch)
    const views = []
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 1000 } })
      const view = await context.newPage()
      await view.goto(server.url)
      views.push([colorScheme, view])
    }
    await batch.add(load)
    await until(batch, (record) => record.until > 2_500)
    for (const [colorScheme, view] of views) await view.screenshot({ path: `${folder}/batch-page-${colorScheme}.png` })
    const frame = liveFrame(await batch.record(), { width: 96, height: 18, color: true, windowMs: 2_000 })
    const view = await browser.newPage({ viewport: { width: 860, height: 380 } })
    await view.setContent(terminalHtml(frame))
    await view.locator('pre').screenshot({ path: `${folder}/batch-terminal.png` })
    await server.close()
  })
  await browser.close()
}

async function until(batch, isSo) {
  const leaving = new AbortController()
  for await (const record of followRecord(batch, { signal: leaving.signal })) if (isSo(record)) leaving.abort()
}

/** The lines of a terminal as HTML: what `liveFrame` uses of its colours. */
function terminalHtml(lines) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  const text = lines.join('\n').replace(/[&<>]/g, (sign) => entities[sign] ?? sign)
  const style = {
    1: 'font-weight:bold',
    2: 'opacity:.6',
    '1;32': 'font-weight:bold;color:#7ad08a',
    '1;31': 'font-weight:bold;color:#ff8a80',
  }
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
  const spans = text.replace(/\u001b\[([\d;]+)m/g, (_, codes) => {
    if (codes === '0') return '</span>'
    const ground = /48;5;(\d+)/.exec(codes)?.[1]
    const css = ground === undefined ? (style[codes] ?? '') : `color:#111;background:${color256(Number(ground))}`
    return `<span style="${css}">`
  })
  return `<body style="margin:0"><pre style="margin:0;padding:14px 18px;display:inline-block;background:#14191e;color:#e6ecf0;font:13px/1.35 'DejaVu Sans Mono',monospace">${spans}</pre>`
}

/** Of the 6 x 6 x 6 cube (ECMA-48 terminals, xterm's 256 colours). */
function color256(index) {
  const level = (part) => (part === 0 ? 0 : 55 + part * 40)
  const cube = index - 16
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`
}
