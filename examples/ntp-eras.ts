// NTP counts seconds since 1900 in 32 bits, and they run out on 7 February 2036. Nothing breaks: a timestamp means the moment
// that is closest to what the reader's own clock says, and differences are right across the end.
import { timeOfTimestamp, timestampDifferenceNs, timestampOf } from 'lanework/services/time'

const ns = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n
const last = timestampOf(ns('2036-02-07T06:28:15Z'))
const first = timestampOf(ns('2036-02-07T06:28:16Z'))
console.log('the last second: ', last.toString(16).padStart(16, '0'))
console.log('the first second:', first.toString(16).padStart(16, '0'))
console.log('between them, in nanoseconds:', timestampDifferenceNs(first, last))
for (const clock of ['1905-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2100-01-01T00:00:00Z']) {
  const moment = timeOfTimestamp(first, ns(clock))
  console.log(`read in ${clock.slice(0, 4)}:`, new Date(Number(moment / 1_000_000n)).toISOString())
}
