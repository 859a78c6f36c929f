/** A process killed (SIGKILL) at any moment of writing its journal: what it acknowledged is there, and nothing half done. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseName } from '#lanework/services/dns/index.js'
import { ZoneStore } from '#lanework/services/dns/transfer/zone-store.js'
import { folder } from '../../../support/folder.js'
import { texts, zoneOf } from '../../../support/dns-transfer.js'

const fixture = fileURLToPath(new URL('../../../fixtures/dns-journal.js', import.meta.url))
const origin = parseName('example.')
const kills = 8

function linesOf(serial: number): string[] {
  return Array.from({ length: 20 }, (_, at) => `n${(serial * 7 + at) % 50} A 192.0.2.${serial % 250}`)
}

/** Runs it until so many versions are acknowledged, kills it, and gives the last one that was. */
function killedAfter(path: string, first: number, count: number): Promise<number> {
  const child = spawn(process.execPath, [fixture, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said.split('\n').length > count) child.kill('SIGKILL')
  })
  return new Promise((resolve) => {
    child.on('close', () => resolve(Number(said.split('\n').at(-2) ?? first - 1)))
  })
}

describe('a process killed while it writes', () => {
  it(`leaves all that it acknowledged, ${kills} times`, async () => {
    const path = join(mkdtempSync(join(folder, 'killed-')), 'example.journal')
    let serial = 0
    for (let kill = 0; kill < kills; kill++) {
      const acknowledged = await killedAfter(path, serial + 1, 1 + ((kill * 13) % 40))
      const store = new ZoneStore()
      const zone = store.open(origin, path)
      store.close()
      assert.ok(zone !== undefined)
      // One more may have been written, and its acknowledgement not.
      assert.ok([acknowledged, acknowledged + 1].includes(zone.serial), `${acknowledged} and ${zone.serial}`)
      assert.deepEqual(texts(zone), texts(zoneOf(zone.serial, linesOf(zone.serial))))
      serial = zone.serial
    }
  })
})
