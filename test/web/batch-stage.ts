/** A batch that stands still unless its test turns its clock, and the page that shows it, in Debian's Chromium. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

import { serveBatchPage, type PageServer } from '#lanework/batch/index.js'
import { mixedJobs, PretendedBatch, type PretendedJob } from '../batch/seen/pretended-batch.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Opened {
  readonly batch: PretendedBatch
  readonly page: Page
  readonly server: PageServer
  /** Console errors, exceptions, dialogs and requests to other servers. */
  readonly complaints: string[]
}

/** A batch that stands still unless the test turns its clock, and the page that shows it. */
export async function opened(
  browser: Browser,
  work: (opened: Opened) => Promise<void>,
  {
    jobs = mixedJobs,
    ms = 800,
    ...options
  }: BrowserContextOptions & { jobs?: readonly PretendedJob[]; ms?: number } = {},
): Promise<void> {
  const batch = new PretendedBatch(jobs)
  batch.advance(ms)
  const server = await serveBatchPage(batch)
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  const complaints = listen(page, new URL(server.url).host)
  try {
    await page.goto(server.url)
    await page.locator('#chart svg').first().waitFor()
    await work({ batch, page, server, complaints })
  } finally {
    await context.close()
    await server.close()
  }
}

/** All jobs of the table, with their states. */
export async function statesIn(page: Page): Promise<Record<string, string>> {
  const rows = await page.locator('#run-jobs tbody tr').all()
  const cells = await Promise.all(rows.map((row) => row.locator('th .chip-name, td:nth-child(3)').allTextContents()))
  return Object.fromEntries(cells.map(([name = '', state = '']) => [name, state]))
}

/** What axe-core finds. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

/** Console errors, exceptions, dialogs and requests to other servers. */
export function listen(page: Page, host: string): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) complaints.push(`request: ${request.url()}`)
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return complaints
}
