/** strftime: answers that are known, from POSIX, the C library's manual, ISO 8601 and calendars. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { dialects, strftime, strftimeBytes, timeFormat, type StrftimeOptions } from '#lanework/services/time/index.js'

const utc = { timeZone: 'UTC' }
/** Monday, 5 February 2024, 09:08:07.006005004 UTC. */
const morning = 1_707_124_087_006_005_004n
/** Saturday, 31 December 2022, 23:59:59.9 UTC. */
const lastSecond = 1_672_531_199_900_000_000n

type Row = readonly [format: string, expected: string, instant?: bigint, options?: StrftimeOptions]

/** The instant of a date at midnight UTC, in any year of the Gregorian calendar. */
function day(year: number, month: number, date: number): bigint {
  // Dates repeat every 400 years, which have 146,097 days.
  const cycles = Math.floor((year - 2000) / 400)
  const days = BigInt(Date.UTC(year - cycles * 400, month - 1, date) / 86_400_000) + BigInt(cycles) * 146_097n
  return days * 86_400_000_000_000n
}

function check(rows: readonly Row[]): void {
  for (const [format, expected, instant = morning, options = utc] of rows) {
    assert.equal(strftime(format, instant, { ...utc, ...options }), expected, `${format} at ${instant}`)
    const bytes = strftimeBytes(Buffer.from(format), instant, { ...utc, ...options })
    if (/^[ -~]*$/.test(format + expected)) assert.equal(String(bytes), expected, `${format} as bytes`)
  }
}

describe('strftime', () => {
  it('writes every directive', () =>
    check([
      ['%a %A %b %B %h', 'Mon Monday Feb February Feb'],
      ['%c', 'Mon Feb  5 09:08:07 2024'],
      ['%C %y %Y', '20 24 2024'],
      ['%d|%e|%j', '05| 5|036'],
      ['%D %x', '02/05/24 02/05/24'],
      ['%F %T %R %X', '2024-02-05 09:08:07 09:08 09:08:07'],
      ['%g %G %V', '24 2024 06'],
      ['%H %I|%k|%l', '09 09| 9| 9'],
      ['%m %M %S', '02 08 07'],
      ['%N %3N %6N %9N %1N', '006005004 006 006005 006005004 0'],
      ['%n%t%%', '\n\t%'],
      ['%p %P %r', 'AM am 09:08:07 AM'],
      ['%q %s', '1 1707124087'],
      ['%u %w %U %W', '1 1 05 06'],
      ['%z %:z %::z %:::z %Z', '+0000 +00:00 +00:00:00 +00 UTC'],
    ]))

  it('fills by flags and widths, as GNU does', () =>
    check([
      ['%-d %-H %-m %-j', '5 9 2 36'],
      ['%_d|%_m|%_j', ' 5| 2| 36'],
      ['%0e %0k %0l', '05 09 09'],
      ['%^a %^B %^b', 'MON FEBRUARY FEB'],
      ['%#p %#a %#Z', 'am MON utc'],
      ['%10Y|%_10Y|%-10Y', '0000002024|      2024|2024'],
      ['%12A|%012A|%^_12A', '      Monday|000000Monday|      MONDAY'],
      ['%20F|%_20F', '00000000002024-02-05|          2024-02-05'],
      ['%30c', '      Mon Feb  5 09:08:07 2024'],
      ['%+4Y %+5Y %+6Y', '2024 +2024 +02024'],
      ['%5z|%_6z|%8:z', '+0000|    +0|+0000:00'],
      ['%12N|%_9N', '006005004000|006005004'],
      ['%-9N|%_9N|%-N', '0065|0065     |006500000', 6_500_000n],
    ]))

  it('counts hours of half days from 12', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => strftime('%-I%P', BigInt(hour) * 3_600_000_000_000n, utc))
    const half = ['12', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']
    assert.deepEqual(hours, [...half.map((hour) => `${hour}am`), ...half.map((hour) => `${hour}pm`)])
  })

  it('knows the weeks of ISO 8601 around New Year', () =>
    check([
      // From the standard's examples, and every way that a year can begin.
      ['%G-W%V-%u', '2004-W53-6', day(2005, 1, 1)],
      ['%G-W%V-%u', '2004-W53-7', day(2005, 1, 2)],
      ['%G-W%V-%u', '2005-W52-6', day(2005, 12, 31)],
      ['%G-W%V-%u', '2006-W52-7', day(2006, 12, 31)],
      ['%G-W%V-%u', '2007-W01-1', day(2007, 1, 1)],
      ['%G-W%V-%u', '2008-W52-7', day(2008, 12, 28)],
      ['%G-W%V-%u', '2009-W01-1', day(2008, 12, 29)],
      ['%G-W%V-%u', '2009-W53-4', day(2009, 12, 31)],
      ['%G-W%V-%u', '2009-W53-7', day(2010, 1, 3)],
      ['%G-W%V %g', '2020-W53 20', day(2021, 1, 3)],
    ]))

  it('counts weeks of Sundays and of Mondays from 00', () =>
    check([
      ['%U %W %j', '00 00 001', day(2022, 1, 1)],
      ['%U %W', '01 00', day(2022, 1, 2)],
      ['%U %W', '01 01', day(2022, 1, 3)],
      ['%U %W', '53 52', day(2023, 12, 31)],
    ]))

  it('numbers the days of a year from 001 at every midnight, leap years included', () =>
    check([
      ['%j', '001', day(2024, 1, 1)],
      ['%j', '183', day(2024, 7, 1)],
      ['%j', '366', day(2024, 12, 31)],
      ['%j', '365', day(1900, 12, 31)],
    ]))

  it('cuts fractions off, and rounds nothing up', () =>
    check([
      ['%T.%1N', '23:59:59.9', lastSecond],
      ['%F %T', '2022-12-31 23:59:59', lastSecond],
      ['%s.%3N', '-1.500', -500_000_000n],
      ['%s %N', '-1 999999999', -1n],
      ['%3N', '005', 5_000_000n],
    ]))

  it('goes on before year 1 and after 9999', () =>
    check([
      ['%Y %F', '0000 0000-01-01', day(0, 1, 1)],
      ['%Y|%F|%C', '-001|-001-12-31|-0', day(-1, 12, 31)],
      ['%Y|%C|%y', '-005|-0|05', day(-5, 3, 1)],
      ['%Y %F %C', '10000 +10000-01-01 100', day(10_000, 1, 1)],
      ['%A', 'Saturday', day(10_000, 1, 1)],
      ['%Y', '285000000', (day(2000, 1, 1) / 86_400_000_000_000n + 146_097n * 712_495n) * 86_400_000_000_000n],
    ]))

  it('names zones as people there do, and offsets of any kind', () =>
    check([
      ['%Z %z', 'CET +0100', morning, { timeZone: 'Europe/Berlin' }],
      ['%Z %z', 'CEST +0200', day(2024, 7, 1), { timeZone: 'Europe/Berlin' }],
      ['%Z %:z', '+0545 +05:45', morning, { timeZone: 'Asia/Kathmandu' }],
      ['%Z %z %H:%M', 'NST -0330 05:38', morning, { timeZone: 'America/St_Johns' }],
      ['%Z', 'IST', day(2024, 7, 1), { timeZone: 'Europe/Dublin' }],
      ['%Z', 'GMT', morning, { timeZone: 'Europe/Dublin' }],
      ['%Z %::z', 'LMT +00:53:28', day(1890, 1, 1), { timeZone: 'Europe/Berlin' }],
      ['%Z %z %:::z', '+0530 +0530 +05:30', morning, { timeZone: '+05:30' }],
      ['%Z %z', 'AAA -0730', morning, { timeZone: 'AAA7:30' }],
      // The day that Apia left out.
      ['%F %T %z', '2011-12-29 23:59:59 -1000', 1_325_239_199n * 1_000_000_000n, { timeZone: 'Pacific/Apia' }],
      ['%F %T %z', '2011-12-31 00:00:00 +1400', 1_325_239_200n * 1_000_000_000n, { timeZone: 'Pacific/Apia' }],
      // Half an hour of summer time.
      ['%T %Z', '01:59:59 +1030', 1_728_142_199n * 1_000_000_000n, { timeZone: 'Australia/Lord_Howe' }],
      ['%T %Z', '02:30:00 +11', 1_728_142_200n * 1_000_000_000n, { timeZone: 'Australia/Lord_Howe' }],
    ]))
})

describe('the table of directives in docs/strftime.md', () => {
  const page = readFileSync(new URL('../docs/strftime.md', import.meta.resolve('#lanework/index.js')), 'utf8')
  const table = page.slice(page.indexOf('## Directives'), page.indexOf('Between `%` and letter'))
  const shown = { timeZone: 'Europe/Berlin' }
  const instant = morning - 3_600_000_000_000n
  const codesOf = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

  it('shows what strftime writes', () => {
    let checked = 0
    for (const row of table.split('\n').filter((line) => line.startsWith('| `%'))) {
      const cells = row.split('|').slice(1, -1)
      for (let index = 0; index + 1 < cells.length; index += 2) {
        const examples = codesOf(cells[index + 1] ?? '')
        for (const [which, directive] of codesOf(cells[index] ?? '').entries()) {
          if (directive === '%n' || directive === '%t') continue
          assert.equal(strftime(directive, instant, shown), examples[which], directive)
          checked++
        }
      }
    }
    assert.equal(checked, 45)
  })
})

describe('what is no directive', () => {
  it('is copied: a lone %, unknown letters, misplaced modifiers and colons', () =>
    check([
      ['100%', '100%'],
      ['%', '%'],
      ['%!', '%!'],
      ['%Q %f %L %i', '%Q %f %L %i'],
      ['%Ea %Oa', '%Ea %Oa'],
      ['%:::::z', '%:::::z'],
      ['%:Y', '%:Y'],
      ['%-', '%-'],
      ['%5', '   %5'],
      ['%1!', '%1!'],
      ['%5!', '  %5!'],
      ['%E%Y', '%E2024'],
      ['', ''],
    ]))

  it('is FORMAT_INVALID under strict, with the position', () => {
    for (const [format, position] of [
      ['ab%', 2],
      ['%Y%!', 2],
      ['%:Y', 0],
      ['%Ea', 0],
      ['x%5%', 1],
    ] as const) {
      assert.throws(
        () => strftime(format, 0n, { strict: true }),
        (error) => isLaneworkError(error, 'FORMAT_INVALID') && error.detail.position === position,
        format,
      )
    }
    assert.equal(strftime('%d%%', 0n, { ...utc, strict: true }), '01%')
  })

  it('keeps NUL and bytes that are no UTF-8 as they are', () => {
    const format = Buffer.from([0xff, 0x00, 0x25, 0x59, 0xc3, 0x28, 0x25, 0x64, 0xfe, 0x25])
    const expected = Buffer.from([0xff, 0x00, 0x32, 0x30, 0x32, 0x34, 0xc3, 0x28, 0x30, 0x35, 0xfe, 0x25])
    assert.deepEqual(strftimeBytes(format, morning, utc), expected)
    assert.equal(strftime('é\0%Y😀', morning, utc), 'é\u00002024😀')
  })
})

describe('dialects', () => {
  it('extended has directives of BSD, Ruby and Python besides', () => {
    assert.deepEqual(dialects, ['gnu-date', 'extended'])
    check([
      ['%L %f %v', '006 006005  5-Feb-2024', morning, { dialect: 'extended' }],
      ['%+', 'Mon Feb  5 09:08:07 UTC 2024', morning, { dialect: 'extended' }],
    ])
    assert.throws(() => strftime('%Y', 0n, { dialect: 'basic' as never }), { code: 'OPTION_INVALID' })
  })
})

describe('formats that are kept', () => {
  it('are not mistaken for each other, whatever they begin with', () => {
    assert.equal(strftimeBytes(Buffer.from('%5A é'), morning, utc).toString(), 'Monday é')
    for (const format of ['bytes gnu-date false 1 C%5A é', '\0bytes C gnu-date false\0%5A é']) {
      assert.equal(strftime(format, morning, utc), format.replace('%5A', 'Monday'))
    }
    assert.equal(strftime('%Y', morning, { ...utc, locale: 'de' }), '2024')
    const odd = { ...utc, locale: 'de%Y' }
    assert.throws(() => strftime('', morning, odd), { code: 'LOCALE_UNKNOWN' })
  })
})

describe('instants', () => {
  it('are nanoseconds, dates, and what Temporal has', () => {
    const epochNanoseconds = 1_500_000_000n
    assert.equal(strftime('%s.%N', epochNanoseconds, utc), '1.500000000')
    assert.equal(strftime('%s.%N', new Date(-1), utc), '-1.999000000')
    assert.equal(strftime('%s.%N', { epochNanoseconds }, utc), '1.500000000')
    assert.equal(strftime('%H %Z', { epochNanoseconds, timeZoneId: 'Asia/Tokyo' }), '09 JST')
  })

  it('that are none are OPTION_INVALID', () => {
    for (const wrong of [undefined, null, 5, '2024', new Date(NaN), {}, 10n ** 30n]) {
      assert.throws(() => strftime('%Y', wrong as never, utc), { code: 'OPTION_INVALID' }, String(wrong))
    }
  })
})

describe('the budget', () => {
  it('refuses widths before they are filled: OUTPUT_TOO_LONG', () => {
    for (const format of [
      '%999999999Y',
      '%2147483647c',
      '%99999999999999999999d',
      '%1000000000F',
      '%9999999N',
      '%99999!',
    ]) {
      assert.throws(() => strftime(format, 0n, utc), { code: 'OUTPUT_TOO_LONG' }, format)
    }
    assert.throws(() => timeFormat('%5000d', { limitBytes: 4_999 }), { code: 'OUTPUT_TOO_LONG' })
    assert.equal(strftime('%5000d', 0n, { ...utc, limitBytes: 5_000 }).length, 5_000)
  })

  it('counts what is written: many composites, and letters of several bytes', () => {
    assert.throws(() => strftime('%c'.repeat(30_000), 0n, utc), { code: 'OUTPUT_TOO_LONG' })
    assert.throws(() => strftime('€%Y', 0n, { ...utc, limitBytes: 6 }), { code: 'OUTPUT_TOO_LONG' })
    assert.equal(strftime('€%Y', 0n, { ...utc, limitBytes: 7 }), '€1970')
    assert.throws(() => strftime('%A', 0n, { ...utc, locale: 'ja', limitBytes: 8 }), { code: 'OUTPUT_TOO_LONG' })
    assert.equal(strftime('%A', 0n, { ...utc, locale: 'ja', limitBytes: 9 }), '木曜日')
  })
})

describe('timeFormat', () => {
  it('formats many times, and says whether it shows fractions', () => {
    const clock = timeFormat('%H:%M:%S', utc)
    assert.equal(clock.format(0n), '00:00:00')
    assert.equal(clock.formatSeconds(61, 0), '00:01:01')
    assert.equal(clock.subSecond, false)
    assert.equal(timeFormat('%c %3N', utc).subSecond, true)
    assert.equal(timeFormat('[%-10N]', utc).subSecond, true)
  })

  it('refuses options that it does not know', () => {
    assert.throws(() => timeFormat('%Y', { timezone: 'UTC' } as never), { code: 'OPTION_INVALID' })
    assert.throws(() => timeFormat('%Y', { limitBytes: -1 }), { code: 'OPTION_INVALID' })
    assert.throws(() => timeFormat(5 as never), { code: 'OPTION_INVALID' })
  })
})
