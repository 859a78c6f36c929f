/** The drift file: what is read is what was written, or nothing. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { isLaneworkError } from '#lanework/core/index.js'
import {
  bootId,
  readDriftFile,
  simulateClock,
  writeDriftFile,
  type DriftRecord,
} from '#lanework/services/time/index.js'
import { formatDriftRecord, parseDriftRecord } from '#lanework/services/time/clock/drift-record.js'
import { folder } from '../../../support/folder.js'

function newRecord(seed = 1): DriftRecord {
  return simulateClock({ seed, seconds: 100, bootId: 'a-boot' }).clock.record()
}

describe('a drift record', () => {
  it('comes back from its text as it was', () => {
    const record = fc.record({
      parameters: fc.record({
        anchorNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
        timeNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
        frequency: fc.double({ min: -5e-4, max: 5e-4, noNaN: true }),
        slewNs: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        slewRate: fc.double({ min: 0, max: 5e-4, noNaN: true }),
        leap: fc.constantFrom(0, 1, 2, 3),
        leapAtNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
        stratum: fc.integer({ min: 1, max: 16 }),
        refId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        refTimeNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
        rootDelay: fc.double({ min: 0, max: 16, noNaN: true }),
        rootDispersion: fc.double({ min: 0, max: 16, noNaN: true }),
        dispersionRate: fc.double({ min: 0, max: 1e-3, noNaN: true }),
        precision: fc.integer({ min: -30, max: 0 }),
        steps: fc.integer({ min: 0, max: 1_000 }),
      }),
      frequency: fc.double({ min: -5e-4, max: 5e-4, noNaN: true }),
      deviation: fc.double({ min: 1e-12, max: 1e-3, noNaN: true }),
      wallLessTimeNs: fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n }),
      bootId: fc.option(fc.stringMatching(/^[0-9a-f-]{36}$/), { nil: undefined }),
      asleepNs: fc.option(fc.bigInt({ min: 0n, max: 2n ** 60n }), { nil: undefined }),
    })
    const property = fc.property(record, (each) => {
      // JSON has no -0.
      const { parameters, ...rest } = each as DriftRecord
      const plain = { ...parameters, frequency: parameters.frequency + 0, slewNs: parameters.slewNs + 0 }
      const given = { ...rest, frequency: rest.frequency + 0, parameters: plain }
      assert.deepEqual(parseDriftRecord(formatDriftRecord(given)), given)
    })
    fc.assert(property)
  })

  it('is none when it was cut off anywhere, or a single byte of it is wrong', () => {
    const text = formatDriftRecord(newRecord())
    for (let length = 0; length < text.length; length++) {
      assert.equal(parseDriftRecord(text.slice(0, length)), undefined, `the first ${length} characters`)
    }
    for (let at = 0; at < text.length; at++) {
      const other = String.fromCharCode((text.charCodeAt(at) + 1) & 0x7f)
      assert.equal(parseDriftRecord(text.slice(0, at) + other + text.slice(at + 1)), undefined, `character ${at}`)
    }
  })

  it('is none with a value that no clock can have, though its sum is right', () => {
    const { parameters, ...rest } = newRecord()
    const wrong: DriftRecord[] = [
      { ...rest, parameters: { ...parameters, frequency: 0.5 } },
      { ...rest, parameters: { ...parameters, stratum: 17 } },
      { ...rest, parameters: { ...parameters, rootDelay: Number.NaN } },
      { ...rest, parameters, deviation: 0 },
      { ...rest, parameters, frequency: -1 },
    ]
    for (const record of wrong) assert.equal(parseDriftRecord(formatDriftRecord(record)), undefined)
    assert.notEqual(parseDriftRecord(formatDriftRecord({ ...rest, parameters })), undefined)
  })
})

describe('a drift file', () => {
  it('is read as it was written', async () => {
    const path = join(folder, 'drift-1')
    await writeDriftFile(path, newRecord(1))
    await writeDriftFile(path, newRecord(2))
    assert.deepEqual(await readDriftFile(path), newRecord(2))
  })

  it('holds the old record while the new one is being written, whatever byte the power fails at', async () => {
    const path = join(folder, 'drift-2')
    await writeDriftFile(path, newRecord(1))
    const next = formatDriftRecord(newRecord(2))
    for (let length = 0; length <= next.length; length += 7) {
      writeFileSync(`${path}.new`, next.slice(0, length))
      assert.deepEqual(await readDriftFile(path), newRecord(1))
    }
    // What is left over does not hinder the next write.
    await writeDriftFile(path, newRecord(3))
    assert.deepEqual(await readDriftFile(path), newRecord(3))
  })

  it('is taken for none where it is missing, empty, cut, something else, huge or a folder', async () => {
    const path = join(folder, 'drift-3')
    assert.equal(await readDriftFile(path), undefined)
    await writeDriftFile(path, newRecord())
    truncateSync(path, readFileSync(path).length - 1)
    assert.equal(await readDriftFile(path), undefined)
    for (const content of ['', '12.345\n', 'lanework-clock 1 x {}\n', '\u0000'.repeat(300), 'x'.repeat(1_000_000)]) {
      writeFileSync(path, content)
      assert.equal(await readDriftFile(path), undefined)
    }
    mkdirSync(join(folder, 'drift-folder'))
    assert.equal(await readDriftFile(join(folder, 'drift-folder')), undefined)
  })

  it('says what is wrong where it cannot be written', async () => {
    const path = join(folder, 'no-such-folder', 'drift')
    await assert.rejects(
      writeDriftFile(path, newRecord()),
      (error) => isLaneworkError(error, 'SYSTEM_ERROR') && error.detail.errno === 'ENOENT',
    )
  })

  it(
    'knows the start of the machine by the name that Linux gives it',
    { skip: process.platform !== 'linux' },
    async () => {
      assert.match((await bootId()) ?? '', /^[0-9a-f-]{36}$/)
      assert.equal(await bootId(), await bootId())
    },
  )
})
