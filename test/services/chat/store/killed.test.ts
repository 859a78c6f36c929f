/** A server that is killed at any time has lost no message that it acknowledged; one whose disk is full goes on when there is room. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LaneworkError } from '#lanework/core/index.js'
import { openStore } from '#lanework/services/chat/store/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { folder } from '../../../support/folder.js'
import { until } from '../../../support/until.js'

const writer = fileURLToPath(new URL('../../../fixtures/chat-store-writer.js', import.meta.url))

interface Writer {
  readonly child: ChildProcess
  readonly lines: string[]
  readonly stderr: () => string
  readonly ended: Promise<NodeJS.Signals | number | null>
}

function start(command: string, words: readonly string[]): Writer {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000, killSignal: 'SIGKILL' })
  const lines: string[] = []
  let rest = ''
  let errors = ''
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
  return { child, lines, stderr: () => errors, ended }
}

/** What a room may have (see the writer). More messages may be there than were acknowledged: some of each that was killed. */
const perRoom = 400

/** Only the oldest may be gone, and only for the newest 400. */
async function checkKept(place: string, acknowledged: ReadonlyMap<string, string[]>): Promise<void> {
  await using store = await openStore({ folder: place, days: 36_500 })
  assert.equal(store.status().lost, undefined)
  for (const [room, ids] of acknowledged) {
    const kept = store.history(room, { limit: 1_000 }).map(({ id }) => id)
    const [first = ''] = kept
    const there = new Set(kept)
    const missing = ids.filter((id) => !there.has(id) && (id > first || kept.length < perRoom))
    assert.deepEqual(missing, [], `${missing.length} acknowledged messages of ${room} are gone`)
  }
}

function noteAcks(lines: readonly string[], acknowledged: Map<string, string[]>): void {
  for (const line of lines) {
    const [word, room = '', id = ''] = line.split(' ')
    if (word !== 'ack') continue
    const ids = acknowledged.get(room) ?? []
    acknowledged.set(room, ids)
    ids.push(id)
  }
}

describe('a store whose process is killed', () => {
  test('again and again at any moment has all that was acknowledged', { timeout: 110_000 }, async () => {
    const place = join(folder, 'killed')
    const seed = Math.floor(Math.random() * 2 ** 32)
    const random = new SeededRandom(seed)
    const acknowledged = new Map<string, string[]>()
    // Fifty times, or as often as a machine that has much else to do gets to in a minute, and ten times in any case.
    const endMs = performance.now() + 60_000
    for (let round = 0; round < 50 && (round < 10 || performance.now() < endMs); round++) {
      const { child, lines, ended } = start(process.execPath, [writer, place])
      const wanted = 1 + Math.floor(random.next() * 400)
      await until(`round ${round} of seed ${seed} acknowledged ${wanted}`, () => lines.length > wanted)
      child.kill('SIGKILL')
      assert.equal(await ended, 'SIGKILL')
      assert.match(lines[0] ?? '', /^open \d+ $/, `round ${round} of seed ${seed}`)
      noteAcks(lines, acknowledged)
      if (round % 10 === 9) await checkKept(place, acknowledged)
    }
    await checkKept(place, acknowledged)
  })

  test('frees the folder for the next, and holds it while it lives', async () => {
    const place = join(folder, 'held')
    const { child, lines, ended } = start(process.execPath, [writer, place, '8', '20', 'stay'])
    await until('the writer has ended', () => lines.some((line) => line.startsWith('end')))
    await assert.rejects(openStore({ folder: place }), (error: LaneworkError) => error.code === 'STORE_IN_USE')
    child.kill('SIGKILL')
    await ended
    await using store = await openStore({ folder: place, days: 36_500 })
    assert.equal(store.status().messages, 8)
  })
})

describe('a store whose disk is full', () => {
  test('says so, loses nothing that it acknowledged, and goes on when there is room', async () => {
    const place = join(folder, 'full')
    // The shell bounds how long a file may become, in blocks of 512 bytes: no more than 400 KiB.
    const words = ['-c', 'ulimit -f 800; exec "$0" "$@"', process.execPath, writer, place, '4000', '2000']
    const first = start('sh', words)
    assert.equal(await first.ended, 0, first.stderr())
    const failed = first.lines.filter((line) => line.startsWith('failed'))
    assert.ok(failed.length >= 20, 'the limit was reached')
    for (const line of failed) assert.match(line, /^failed SYSTEM_ERROR E(FBIG|IO|NOSPC)$/)
    const acknowledged = new Map<string, string[]>()
    noteAcks(first.lines, acknowledged)
    assert.ok(acknowledged.size > 0)
    await checkKept(place, acknowledged)
    const second = start(process.execPath, [writer, place, '80', '2000'])
    assert.equal(await second.ended, 0, second.stderr())
    assert.equal(second.lines.at(-1), 'end 0')
    noteAcks(second.lines, acknowledged)
    await checkKept(place, acknowledged)
  })
})
