import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lanework, start, type Running } from '../../../support/command.js'
import { freshPath } from '../../../support/folder.js'
import { lineMember, numbersOf, pageMember, upTo } from './members.ts'

const count = 300

/** `lanework serve chat` over this folder, as users start it. */
function serveOver(history: string, state: string): Running {
  const listeners = ['--listen', 'tcp://127.0.0.1:0', '--listen', 'ws://127.0.0.1:0/chat']
  const free = ['--limit', 'none', '--limit-address', 'none', '--limit-room', 'none']
  return start(['serve', 'chat', ...listeners, '--history', history, ...free, '--state', state])
}

async function ended({ child, finished }: Running): Promise<void> {
  child.kill('SIGTERM')
  assert.equal((await finished).code, 0)
}

/** Says numbers and leaves the server stopped; gives its store's file. */
async function filled(history: string, state: string): Promise<string> {
  const running = serveOver(history, state)
  const [, ws = ''] = await running.listening(2)
  const page = await pageMember(ws, 'peter')
  for (const number of upTo(count)) {
    const { ok } = await page.ask({ do: 'say', to: '#lobby', kind: 'message', text: `talk ${number}` })
    assert.notEqual(ok, undefined)
  }
  page.close()
  await ended(running)
  const found = readdirSync(history).find((file) => file.endsWith('.mdb'))
  assert.notEqual(found, undefined)
  return join(history, found ?? '')
}

describe('a server whose history file is damaged', () => {
  const damages: readonly [string, (bytes: Buffer) => Buffer][] = [
    ['cut short', (bytes) => bytes.subarray(0, Math.floor(bytes.length * 0.6))],
    ['garbage', (bytes) => Buffer.alloc(bytes.length, 'garbage ')],
  ]
  for (const [name, damage] of damages)
    it(`(${name}) starts, serves, and \`lanework chat status\` says what was lost`, async () => {
      const [history, state] = [freshPath(), freshPath()]
      const path = await filled(history, state)
      writeFileSync(path, damage(readFileSync(path)))
      const running = serveOver(history, state)
      const [tcp = '', ws = ''] = await running.listening(2)
      const { code, stdout } = await lanework(['chat', 'status', '--state', state])
      assert.equal(code, 0)
      assert.match(stdout, /^lost +\S.*damaged/m)
      const json = await lanework(['chat', 'status', '--state', state, '--json'])
      const { store } = JSON.parse(json.stdout) as { store: { lost?: string; messages: number } }
      assert.match(store.lost ?? '', /damaged/)
      // What could be read is told, in its order; what is said now is kept.
      const page = await pageMember(ws, 'peter')
      const { ok } = await page.ask({ do: 'history', target: '#lobby', limit: 200 })
      const kept = (ok as { sayings: { text: string }[] }).sayings.map(({ text }) => Number(text.slice(5)))
      assert.deepEqual(
        kept,
        [...new Set(kept)].toSorted((one, other) => one - other),
      )
      assert.ok(store.messages >= kept.length)
      const tom = await lineMember(tcp, 'tom')
      tom.send('talk 1000')
      await page.hears(/talk 1000/)
      const again = (await page.ask({ do: 'history', target: '#lobby', limit: 1 })).ok as {
        sayings: { text: string }[]
      }
      assert.deepEqual(
        again.sayings.map(({ text }) => text),
        ['talk 1000'],
      )
      assert.deepEqual(numbersOf(page, 'talk').at(-1), 1000)
      tom.close()
      page.close()
      await ended(running)
    })
})
