/** Opens the page of a workload in Debian's Chromium, and listens for everything that a page must not do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BrowserContextOptions, Page } from 'playwright-core'

import { type PageContent, pageFor } from '#lanework/schedule/index.js'
import { launchChromium } from './chromium.js'

export const template: string = readFileSync('dist/web/schedule.html', 'utf8')

export interface Opened {
  readonly page: Page
  /** Console errors, exceptions, dialogs and requests to anything but the file itself. */
  readonly complaints: string[]
  close(): Promise<void>
}

export interface Opener {
  open(content?: PageContent, options?: BrowserContextOptions): Promise<Opened>
  close(): Promise<void>
}

export async function launch(): Promise<Opener> {
  const browser = await launchChromium()
  const folder = mkdtempSync(join(tmpdir(), 'lanework-web-'))
  let count = 0
  return {
    async open(content, options = {}) {
      const file = join(folder, `${++count}.html`)
      writeFileSync(file, content === undefined ? template : pageFor(template, content))
      const url = pathToFileURL(file).href
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      const page = await context.newPage()
      const complaints = listen(page, url)
      await page.goto(url)
      await page.locator('#chart svg').first().waitFor()
      return { page, complaints, close: () => context.close() }
    },
    async close() {
      await browser.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function listen(page: Page, url: string): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`)
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return complaints
}

/** Sets a slider as its user would: focus and arrow keys, as often as needed. */
export async function slide(page: Page, selector: string, steps: number): Promise<void> {
  await page.locator(selector).focus()
  for (let step = 0; step < Math.abs(steps); step++) await page.keyboard.press(steps > 0 ? 'ArrowRight' : 'ArrowLeft')
}

/** The text of one of the tiles of results. */
export async function tile(page: Page, name: string): Promise<string> {
  return (await page.locator('.tiles > div', { hasText: name }).locator('dd').textContent()) ?? ''
}

/** All policies have been compared. (The page's policy forbids evaluating text, and so Playwright's own waiting for functions.) */
export async function compared(page: Page): Promise<void> {
  await page.locator('#comparison tbody tr').nth(8).waitFor()
}
