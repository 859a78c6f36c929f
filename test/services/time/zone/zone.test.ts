/** Time zones: files of the database, rules, offsets, and Node's own data in place of files. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemZone, zoneOf } from '#lanework/services/time/index.js'
import { parsePosixRule } from '#lanework/services/time/zone/posix-rule.js'
import { parseTzif } from '#lanework/services/time/zone/tzif.js'
import { knownZone } from '#lanework/services/time/zone/zone.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { folder } from '../../../support/folder.ts'
import { lanework } from '../../../support/command.ts'

const zoneinfo = '/usr/share/zoneinfo'
const unlessDatabase = existsSync(join(zoneinfo, 'Europe/Berlin')) ? false : 'this system has no time zone database'
const withoutFiles = { folders: [] }
const july2024 = 1_720_000_000
const january2024 = 1_705_000_000

describe('a zone', () => {
  it('is found by name: the database, an offset, a POSIX rule', () => {
    const kinds = ['UTC', '+05:30', '-0330', '+02', 'XXX3', 'AAA-3BBB,M3.5.0,M10.5.0'].map((name) => zoneOf(name).kind)
    assert.deepEqual(kinds, ['fixed', 'fixed', 'fixed', 'fixed', 'posix', 'posix'])
    assert.equal(zoneOf('-0330').at(0).offset, -12_600)
    assert.equal(zoneOf('+00:00').at(0).abbreviation, '+00')
  })

  it('that is unknown is ZONE_UNKNOWN, with what was perhaps meant', () => {
    assert.throws(() => zoneOf('Europe/Berlim'), { code: 'ZONE_UNKNOWN', message: /perhaps Europe\/Berlin/ })
    assert.throws(() => zoneOf('europe/berlin'), { code: 'ZONE_UNKNOWN' }, 'names are as the database writes them')
    for (const name of [
      '',
      '+25:00',
      '+05:60',
      'Mars/Olympus',
      'x'.repeat(65),
      5 as never,
      'CET-1CEST,M13.1.0,M10.5.0',
    ]) {
      assert.throws(() => zoneOf(name), { code: 'ZONE_UNKNOWN' }, String(name))
    }
    assert.equal(knownZone('Mars/Olympus'), undefined)
  })

  it('cannot lead out of the folder, or to what is no zone', { skip: unlessDatabase }, () => {
    for (const name of [
      '../../../etc/passwd',
      '/etc/passwd',
      'Europe/../../passwd',
      'Europe',
      'Europe/',
      './UTC',
      'zone.tab',
      'tzdata.zi',
    ]) {
      assert.throws(() => zoneOf(name), { code: 'ZONE_UNKNOWN' }, name)
    }
    const own = join(folder, 'zones')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'Text'), 'no zone at all, but long enough for a header of forty-four bytes')
    assert.throws(() => zoneOf('Text', { folders: [own] }), { code: 'ZONE_UNKNOWN', message: /no compiled time zone/ })
  })

  it('comes from the first folder that has it', { skip: unlessDatabase }, () => {
    const own = join(folder, 'own-zones')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'Home'), readFileSync(join(zoneinfo, 'Asia/Kathmandu')))
    const zone = zoneOf('Home', { folders: [join(folder, 'nowhere'), own, zoneinfo] })
    assert.deepEqual([zone.name, zone.kind, zone.at(0).offset], ['Home', 'tzif', 19_800])
  })

  it('of the process follows TZ', async () => {
    const inZone = async (TZ: string): Promise<string> =>
      (await lanework(['strftime', '%Z', '--at', '@0'], '', { TZ })).stdout
    assert.equal(await inZone('Asia/Tokyo'), 'JST\n')
    assert.equal(await inZone(':Asia/Tokyo'), 'JST\n')
    assert.equal(await inZone('XYZ-1'), 'XYZ\n')
    assert.equal(await inZone(''), 'UTC\n')
    assert.equal(typeof systemZone().at(0).offset, 'number')
  })
})

describe('periods', () => {
  const names = [
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Europe/Dublin',
    'Africa/Casablanca',
    'XXX3YYY,J60,J300',
    'UTC',
  ]

  it('hold what they are asked for, and join without gaps', { skip: unlessDatabase }, () => {
    for (const name of names) {
      const zone = zoneOf(name)
      let at = -3_000_000_000
      for (let count = 0; count < 500; count++) {
        const period = zone.at(at)
        assert.ok(period.from <= at && at < period.until, `${name} at ${at}`)
        if (period.until === Infinity) break
        assert.equal(zone.at(period.until).from, period.until, `${name} after ${period.until}`)
        const back = zone.at(period.until - 1)
        assert.deepEqual([back.offset, back.abbreviation], [period.offset, period.abbreviation])
        at = period.until
      }
    }
  })

  it('say which is summer time, and that Dublin has it in winter', { skip: unlessDatabase }, () => {
    assert.deepEqual(
      [zoneOf('Europe/Berlin').at(july2024).isDst, zoneOf('Europe/Berlin').at(january2024).isDst],
      [true, false],
    )
    const dublin = zoneOf('Europe/Dublin')
    assert.deepEqual([dublin.at(july2024).abbreviation, dublin.at(january2024).abbreviation], ['IST', 'GMT'])
  })
})

describe('a file of the database', { skip: unlessDatabase }, () => {
  const berlin = (): Buffer => readFileSync(join(zoneinfo, 'Europe/Berlin'))

  it('that is cut off anywhere is refused with a reason, and breaks nothing', () => {
    const bytes = berlin()
    const footer = bytes.lastIndexOf(0x0a, bytes.length - 2)
    for (let size = 0; size <= footer; size++) {
      assert.equal(typeof parseTzif(bytes.subarray(0, size)), 'string', `${size} of ${bytes.length} bytes`)
    }
    assert.equal(typeof parseTzif(bytes), 'object')
  })

  it('with flipped bytes gives data or a reason', () => {
    const random = new SeededRandom(9636)
    for (let round = 0; round < 3_000; round++) {
      const bytes = berlin()
      for (let flips = random.integer(1, 4); flips > 0; flips--) {
        const at = random.integer(0, bytes.length - 1)
        bytes[at] = random.integer(0, 255)
      }
      const parsed = parseTzif(bytes)
      assert.ok(typeof parsed === 'string' || parsed.types.length > 0)
    }
  })

  it('of version 1 is read too: times of 32 bits, and no rule', () => {
    const bytes = berlin()
    const version1 = (data: Buffer): Buffer => {
      const header = Buffer.alloc(44)
      header.write('TZif')
      // 2 times, 2 types, 8 characters
      header.writeUInt32BE(2, 32)
      header.writeUInt32BE(2, 36)
      header.writeUInt32BE(8, 40)
      return Buffer.concat([header, data])
    }
    const data = Buffer.alloc(2 * 5 + 2 * 6 + 8)
    data.writeInt32BE(-100, 0)
    data.writeInt32BE(100, 4)
    data.set([1, 0], 8)
    data.writeInt32BE(3_600, 10)
    data.writeInt32BE(7_200, 16)
    data.set([1, 4], 20)
    data.write('AAA\0BBB\0', 22)
    const parsed = parseTzif(version1(data))
    assert.ok(typeof parsed === 'object')
    assert.deepEqual([...parsed.times], [-100, 100])
    assert.deepEqual(
      parsed.types.map(({ abbreviation }) => abbreviation),
      ['AAA', 'BBB'],
    )
    assert.equal(parsed.rule, undefined)
    assert.ok(bytes.length > 0)
  })
})

describe('a POSIX rule', () => {
  it('is read with names in brackets, hours beyond a day, and without dates', () => {
    assert.equal(parsePosixRule('<+0330>-3:30')?.at(0).offset, 12_600)
    assert.equal(parsePosixRule('<-03>3<-02>,M3.5.0/-2,M10.5.0/-1')?.at(july2024).abbreviation, '-02')
    assert.equal(parsePosixRule('EST5EDT')?.at(july2024).abbreviation, 'EDT')
    assert.equal(parsePosixRule('EST5EDT')?.at(january2024).abbreviation, 'EST')
    assert.equal(parsePosixRule('IST-1GMT0,M10.5.0,M3.5.0/1')?.at(january2024).abbreviation, 'GMT')
  })

  it('that is none is none', () => {
    const wrong = [
      '',
      'E5',
      'EST',
      'EST25',
      'EST5:60',
      'EST5EDT,M3.2.0',
      'EST5EDT,M0.1.0,M1.1.0',
      'EST5EDT,J0,J5',
      'EST5EDT,366,1',
      'EST5EDT,M3.6.0,M1.1.0',
      'EST5EDT,M3.1.7,M1.1.0',
      'EST5EDT,J1/168,J2',
      'EST5EDT,J1/2/3,J2',
    ]
    assert.deepEqual(
      wrong.filter((text) => parsePosixRule(text) !== undefined),
      [],
    )
  })
})

describe("Node's own data in place of files", () => {
  const names = [
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
    'Pacific/Apia',
  ]

  it('gives the same offsets', { skip: unlessDatabase }, () => {
    const random = new SeededRandom(1970)
    for (const name of names) {
      const [files, intl] = [zoneOf(name), zoneOf(name, withoutFiles)]
      assert.equal(intl.kind, 'intl')
      for (let round = 0; round < 200; round++) {
        const at = random.integer(0, 2_100_000_000)
        assert.equal(intl.at(at).offset, files.at(at).offset, `${name} at ${at}`)
      }
    }
  })

  it('gives abbreviations where it has them, else the offset', () => {
    const berlin = zoneOf('Europe/Berlin', withoutFiles)
    assert.deepEqual([berlin.at(july2024).abbreviation, berlin.at(january2024).abbreviation], ['CEST', 'CET'])
    assert.equal(zoneOf('America/New_York', withoutFiles).at(july2024).abbreviation, 'EDT')
    assert.equal(zoneOf('Asia/Kathmandu', withoutFiles).at(july2024).abbreviation, '+0545')
  })

  it('answers far beyond the years that a Date can hold', () => {
    assert.equal(zoneOf('Asia/Tokyo', withoutFiles).at(1e13).offset, 32_400)
    assert.equal(typeof zoneOf('Asia/Tokyo', withoutFiles).at(-1e13).offset, 'number')
  })
})
