/** Opens the chat page in Debian's Chromium, and listens for everything that it must not do. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'

import { launchChromium } from './chromium.js'

export interface OpenedChat {
  readonly page: Page
  /** Console errors, exceptions, dialogs and requests to other servers. */
  readonly complaints: string[]
  close(): Promise<void>
}

export interface ChatBrowser {
  /** A browser of its own, as far as it remembers: nobody has been here. */
  open(url: string, options?: BrowserContextOptions): Promise<OpenedChat>
  close(): Promise<void>
}

export async function chatBrowser(options: { whole?: boolean } = {}): Promise<ChatBrowser> {
  const browser = await launchChromium(options)
  return {
    async open(url, options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        ...options,
      })
      const page = await context.newPage()
      const complaints = listen(page, new URL(url).host)
      await page.goto(url)
      return { page, complaints, close: () => context.close() }
    },
    close: () => browser.close(),
  }
}

function listen(page: Page, host: string): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    // That a connection broke is said by the browser itself; some tests break it.
    const isBroken = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/.test(message.text())
    if ((message.type() === 'error' || message.type() === 'warning') && !isBroken)
      complaints.push(`console: ${message.text()}`)
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

/** Chooses a nick on the first screen, and waits until the room is there. */
export async function enter(page: Page, nick: string): Promise<void> {
  await page.locator('#nick').fill(nick)
  await page.locator('#nick').press('Enter')
  // Before there is a room the field says how to join one.
  await page.locator('#compose[placeholder*="#"]:not([placeholder^="/"])').waitFor()
}

/** Writes a line into the field and sends it. */
export async function send(page: Page, text: string): Promise<void> {
  await page.locator('#compose').fill(text)
  await page.locator('#compose').press('Enter')
}

/** The message with exactly these words. */
export function said(page: Page, text: string): Locator {
  return page.locator('.message .words', { hasText: text })
}

/** It has come back from the server. */
export function sent(page: Page, text: string): Locator {
  return page.locator('.message.is-sent .words', { hasText: text })
}

/** A room or conversation on the left. */
export function place(page: Page, name: string): Locator {
  return page.locator('.place', { hasText: name })
}
