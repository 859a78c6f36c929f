/**
 * Debian's Chromium for tests of pages. Its headless shell is the same engine without the windows, menus and profiles that
 * nobody sees here, and needs less than half the CPU time for a page; without it the whole browser does the same.
 */
import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'

const chosen = process.env['LANEWORK_CHROMIUM']
const candidates = chosen === undefined ? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] : [chosen]
const there = candidates.filter((path) => existsSync(path))

/** Why these tests cannot run here, or false. */
export const missing: string | false =
  there.length === 0
    ? `no Chromium at ${candidates.join(', ')} (apt-get install chromium-headless-shell, or set LANEWORK_CHROMIUM)`
    : false

/** A browser without a sandbox, as tests run as root, too; with `whole` the one that people use, where it is installed. */
export async function launchChromium({ whole = false } = {}): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  const executablePath = there.at(whole ? -1 : 0) ?? ''
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}
