/** strftime beside `date` of GNU coreutils: generated directives, zones and instants; not a byte may differ. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { strftime, zoneOf, type Zone } from '#lanework/services/time/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { askDate, askDateOnce, unlessGnuDate } from '../../../support/gnu-date.ts'

const ns = 1_000_000_000n

/** Another one in SEED compares others. */
const seed = Number(process.env['SEED'] ?? 20_260_000)

/** Of every kind: common rules, half hours, a day left out, winters that are "summer" time, rules by decree, rules for ever. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'Europe/Dublin',
  'Europe/Lisbon',
  'Europe/Moscow',
  'Europe/Istanbul',
  'Europe/Amsterdam',
  'Europe/Prague',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Caracas',
  'America/Nuuk',
  'America/Scoresbysund',
  'America/Havana',
  'America/Santiago',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Africa/Windhoek',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Asia/Gaza',
  'Asia/Jerusalem',
  'Asia/Pyongyang',
  'Asia/Manila',
  'Asia/Yangon',
  'Antarctica/Troll',
  'Antarctica/Casey',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kwajalein',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
  'EST5EDT',
  'CET-1CEST,M3.5.0,M10.5.0/3',
  '<-03>3<-02>,M3.5.0/-2,M10.5.0/-1',
  'NZST-12NZDT,M9.5.0,M4.1.0/3',
  'XXX3YYY,J60/0,J300/26',
  'XXX-3:30:15YYY,59/2,300/-50',
]

const letters = 'aAbBcCdDeFgGhHIjklmMnNpPqrRsStTuUVwWxXyYzZ%'

/** The instants of a zone: both sides of its changes from 1900 to 2500, random ones, and years far away. */
function instantsOf(zone: Zone, random: SeededRandom): bigint[] {
  // The C library takes a rule in TZ to hold from 1970 on; before that it gives what 1 January of that year had.
  const first = zone.kind === 'posix' ? 0 : -2_208_988_800
  const last = 16_725_225_600
  const changes: number[] = []
  for (let at = zone.at(first).until; at < last; at = zone.at(at).until) changes.push(at)
  const shown =
    changes.length <= 40
      ? changes
      : Array.from({ length: 40 }, () => changes[random.integer(0, changes.length - 1)] ?? 0)
  const nanosecond = (): bigint => BigInt(random.integer(0, 999_999_999))
  return [
    ...shown.flatMap((at) => [BigInt(at) * ns - 1n, BigInt(at) * ns, BigInt(at) * ns + nanosecond()]),
    ...Array.from({ length: 40 }, () => BigInt(Math.floor(first + random.next() * (last - first))) * ns + nanosecond()),
    ...Array.from({ length: 12 }, () => BigInt(Math.floor((random.next() - 0.5) * 2e12)) * ns),
    -62_167_219_201n * ns,
    -62_135_596_800n * ns,
    253_402_300_799n * ns,
    253_402_300_800n * ns,
  ].filter((instant) => instant >= 0n || zone.kind !== 'posix')
}

/** A directive with flags, a width and a modifier, each of them now and then. */
function directive(random: SeededRandom): string {
  const pick = (text: string): string => text[random.integer(0, text.length - 1)] ?? ''
  let flags = ''
  while (random.chance(0.3)) flags += pick('_-0^#+')
  const width = random.chance(0.25) ? String(random.integer(0, 24)) : ''
  const modifier = random.chance(0.15) ? pick('EO') : ''
  if (random.chance(0.08)) return `%${flags}${width}${':'.repeat(random.integer(1, 4))}z`
  return `%${flags}${width}${modifier}${pick(letters)}`
}

/**
 * GNU date computes `%s` back from the local time. Where that came twice it may give the other second that shows it, even though it
 * was asked for this one.
 */
function isSameLocalTime(zone: Zone, format: string, theirs: string | undefined, instant: bigint): boolean {
  if (!format.endsWith('s') || theirs === undefined) return false
  const shown = (at: bigint): string => strftime('%F %T', at, { timeZone: zone })
  const other = BigInt(theirs.replace(/^\+/, '').trim())
  return other !== instant / ns && shown(other * ns) === shown(instant)
}

describe('strftime and GNU date', { skip: unlessGnuDate }, () => {
  const everyLetter = [...letters].map((letter) => `%${letter}`)
  let compared = 0

  for (const [index, name] of zones.entries()) {
    it(`agree in ${name}`, (test) => {
      const zone = zoneOf(name)
      if (zone.kind === 'intl') {
        test.skip('the system has no data for it')
        return
      }
      const random = new SeededRandom(seed + index)
      const formats = [...everyLetter, '%:z', '%::z', '%:::z', ...Array.from({ length: 80 }, () => directive(random))]
      const instants = instantsOf(zone, random)
      const rows = askDate(name, formats, instants)
      assert.equal(rows.length, instants.length)
      const different: string[] = []
      for (const [at, instant] of instants.entries()) {
        for (const [which, format] of formats.entries()) {
          const ours = strftime(format, instant, { timeZone: zone })
          const theirs = rows[at]?.[which]
          compared++
          if (ours !== theirs && !isSameLocalTime(zone, format, theirs, instant))
            different.push(`${format} at ${instant}: ours ${JSON.stringify(ours)}, date ${JSON.stringify(theirs)}`)
        }
      }
      assert.deepEqual(different.slice(0, 20), [], `${different.length} differ with SEED=${seed}`)
    })
  }

  it('agree in what is no directive', () => {
    const formats = [
      '%',
      '%!',
      '%Q',
      '%5!',
      '%_10!',
      '%^q',
      '%E',
      '%Ea',
      '%:',
      '%:Y',
      '%::',
      '%-',
      '%5',
      '%E5Y',
      '%05',
      '%::::z',
      'é€%Y',
    ]
    for (const format of formats)
      assert.equal(strftime(format, 0n, { timeZone: 'UTC' }), askDateOnce(format, 0n), format)
  })

  it('have been compared often enough', (test) => {
    test.diagnostic(`${compared} answers compared`)
    assert.ok(compared > 100_000, `${compared}`)
  })
})
