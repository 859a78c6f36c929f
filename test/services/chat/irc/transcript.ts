/**
 * Conversations as text: what a client sends, and all that every client is then sent. `…` stands for anything within a word or text.
 *
 *   alice> JOIN #a
 *   alice< :alice!alice@host.test JOIN #a
 *   bob< …
 *   +30s                  time passes
 */
import assert from 'node:assert/strict'
import type { Client, House } from './irc-house.js'

/** Between two rows, so that nobody is paced. */
const stepMs = 1_500

/** Plays a conversation; clients that are not there yet register with their name as nick. Nobody may be sent anything else. */
export async function play(
  house: House,
  text: string,
  clients: Map<string, Client> = new Map(),
): Promise<Map<string, Client>> {
  let expected: [string, string][] = []
  let last = '(begin)'
  const check = (): void => {
    for (const [name, client] of clients) {
      const wanted = expected.filter(([who]) => who === name).map(([, line]) => line)
      compare(name, client.take(), wanted, last)
    }
    expected = []
  }
  for (const row of text.split('\n').map((line) => line.trim())) {
    if (row === '' || row.startsWith('//')) continue
    const [, seconds] = /^\+(\d+)s$/.exec(row) ?? []
    if (seconds !== undefined) {
      house.clock.advance(Number(seconds) * 1_000)
      continue
    }
    const [, name = '', direction, line = ''] = /^(\w+)([<>]) ?(.*)$/.exec(row) ?? assert.fail(`not a row: ${row}`)
    if (direction === '<') {
      expected.push([name, line.replaceAll('^A', '\u0001')])
      continue
    }
    check()
    last = row
    let client = clients.get(name)
    if (client === undefined) clients.set(name, (client = await house.member(name)))
    house.clock.advance(stepMs)
    await client.send(line.replaceAll('^A', '\u0001'))
  }
  check()
  return clients
}

function compare(name: string, got: readonly string[], wanted: readonly string[], after: string): void {
  const isSame = got.length === wanted.length && wanted.every((line, at) => fits(line, got[at] as string))
  assert.ok(isSame, `after "${after}" ${name} is sent\n  ${got.join('\n  ')}\nand not\n  ${wanted.join('\n  ')}`)
}

function fits(pattern: string, line: string): boolean {
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')
  return new RegExp(`^${escaped}$`, 'u').test(line)
}
