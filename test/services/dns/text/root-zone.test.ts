/** The signed root zone of 2018, whole: read, printed, and compared with its text and with other programs. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  compareRecords,
  dataOf,
  decodeMessage,
  dnsType,
  encodeMessage,
  formatName,
  formatZone,
  parseZone,
  recordValue,
  type ResourceRecord,
  zoneRecords,
} from '#lanework/services/dns/index.js'
import { emptyMessage } from '../../../support/dns-messages.js'

const text = gunzipSync(readFileSync('test/fixtures/dns/root.zone.gz'))
const { origin, records } = parseZone(text, { file: 'root.zone' })
const printed = formatZone(records)

const folder = mkdtempSync(join(tmpdir(), 'lanework-root-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'root.zone')
writeFileSync(file, text)

/**
 * A line a record: words with single blanks between them, comments and the blanks within base64 left out, digests in lower case, IPv6
 * addresses in their short form.
 */
function normal(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.replace(/;.*$/, '').trim().split(/\s+/))
    .filter((words) => words.length > 4)
    .map(([owner, ttl, dnsClass, type, ...data]) => {
      const fixed = { RRSIG: 8, DNSKEY: 3, DS: 3 }[type ?? ''] ?? data.length
      if (type === 'AAAA') data[0] = new URL(`http://[${data[0]}]`).hostname.slice(1, -1)
      const last = data.slice(fixed).join('')
      const words = [owner, ttl, dnsClass, type, ...data.slice(0, fixed), type === 'DS' ? last.toLowerCase() : last]
      return words.join(' ').trim()
    })
    .sort()
}

/** The first lines that differ; the whole of 22,540 would be too long to show. */
function firstDifferences(one: readonly string[], other: readonly string[]): string[] {
  const known = new Set(other)
  return one.filter((line) => !known.has(line)).slice(0, 5)
}

function assertSameLines(one: readonly string[], other: readonly string[]): void {
  assert.deepEqual(firstDifferences(one, other), [])
  assert.deepEqual(firstDifferences(other, one), [])
  assert.equal(one.length, other.length)
}

describe('the root zone', () => {
  it('has 22,540 records, at the root', () => {
    assert.equal(records.length, 22_540)
    assert.equal(formatName(origin), '.')
  })
  it('prints back the same, but for blanks and order', () => assertSameLines(normal(printed), normal(text.toString())))
  it('reads the same from what is printed', () => {
    const again = parseZone(printed).records
    const sorted = records.toSorted(compareRecords)
    assert.equal(again.length, sorted.length)
    again.forEach((one, at) => {
      assert.equal(compareRecords(one, sorted[at] as ResourceRecord), 0)
      assert.equal(one.ttl, sorted[at]?.ttl)
    })
  })
  it('has values that come back as the same bytes', () => {
    for (const record of records) assert.deepEqual(dataOf(recordValue(record)), record.data)
  })
  it('goes through messages unchanged', () => {
    for (let at = 0; at < records.length; at += 500) {
      const answers = records
        .slice(at, at + 500)
        .map(({ name, type, class: dnsClass, ttl, data }) => ({ name, type, class: dnsClass, ttl, data }))
      const bytes = encodeMessage({ ...emptyMessage, answers })
      assert.deepEqual(decodeMessage(bytes).answers, answers)
      assert.ok(bytes.length < encodeMessage({ ...emptyMessage, answers }, { compress: false }).length)
    }
  })
  it('is the same for ldns-read-zone', (context) => {
    const { error, stdout } = spawnSync('ldns-read-zone', [file], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    if (error !== undefined) return context.skip('ldns-read-zone is not installed')
    assertSameLines(normal(printed), normal(stdout))
  })
  it('is the same for named-compilezone', (context) => {
    const options = [
      '-q',
      '-i',
      'none',
      '-k',
      'ignore',
      '-n',
      'ignore',
      '-r',
      'ignore',
      '-s',
      'full',
      '-o',
      '-',
      '.',
      file,
    ]
    const { error, stdout } = spawnSync('named-compilezone', options, { encoding: 'utf8', maxBuffer: 2 ** 26 })
    if (error !== undefined) return context.skip('named-compilezone is not installed')
    assertSameLines(normal(printed), normal(stdout))
  })
  it('as we print it is a zone for kzonecheck', (context) => {
    const ours = join(folder, 'ours.zone')
    writeFileSync(ours, printed)
    const { error, status, stderr } = spawnSync('kzonecheck', ['-o', '.', '-d', 'off', ours], { encoding: 'utf8' })
    if (error !== undefined) return context.skip('kzonecheck is not installed')
    assert.equal(status, 0, stderr)
  })
})

describe('a large zone', () => {
  it('is read record by record, none of which stays', () => {
    let count = 0
    const zone = '@ SOA ns mail 1 2 3 4 5\n$GENERATE 1-200000 host$ A 10.0.0.1\n'
    for (const record of zoneRecords(zone, { origin: 'example.' })) {
      if (record.type === dnsType.A) count++
    }
    assert.equal(count, 200_000)
  })
})
