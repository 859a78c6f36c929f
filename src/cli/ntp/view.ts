/** What servers say of this machine's clock, as a table, a sentence and JSON: pure. */
import { visibleText } from '../../schedule/index.ts'
import type { MeasuredServer, Measurement } from '../../services/time/index.ts'
import { table } from '../output.ts'

const heading = ['server', 'stratum', 'reference', 'offset', '+/-', 'delay', 'jitter', 'answers', 'used'] as const

/** A row for each server, and why it does not count. */
export function measurementTable({ servers }: Measurement): string {
  return table([heading, ...servers.map(row)])
}

function row({ server, measured, asked, answered, verdict, reason }: MeasuredServer): string[] {
  const used = reason === '' ? usedText[verdict] : `no: ${usedText[verdict]}${visibleText(reason)}`
  const answers = `${answered} of ${asked}`
  if (measured === undefined) return [visibleText(server), '', '', '', '', '', '', answers, used]
  const { stratum, refId, offset, rootDistance, delay, jitter } = measured
  return [
    visibleText(server),
    String(stratum),
    refIdText(refId, stratum),
    signedText(offset),
    timeText(rootDistance),
    timeText(delay),
    timeText(jitter),
    answers,
    used,
  ]
}

const usedText: Readonly<Record<MeasuredServer['verdict'], string>> = {
  system: 'yes, best',
  combined: 'yes',
  outlier: 'outlier, ',
  falseticker: '',
  unusable: '',
  silent: '',
}

/** One sentence: how far this machine's clock is off, by how many servers. */
export function verdictText({ servers, combined }: Measurement): string {
  const used = servers.filter(({ verdict }) => verdict === 'system' || verdict === 'combined').length
  const answered = servers.filter(({ answered: count }) => count > 0).length
  const whose = `${used} of ${servers.length} ${servers.length === 1 ? 'server' : 'servers'}`
  if (combined === undefined) {
    if (answered === 0) return 'No server gave an answer that can be used, so nothing is known of the clock.'
    return `${answered} of ${servers.length} servers answered, but there is no majority that agrees and can be believed.`
  }
  const { offset, bound, leap } = combined
  const side = offset >= 0 ? 'behind' : 'ahead'
  const size = timeText(Math.abs(offset))
  const leapText = leap === 0 ? '' : ` The last minute of the month has ${leap === 1 ? 61 : 59} seconds.`
  const sense = Math.abs(offset) > bound ? '' : ' That is less than the error, so the clock may as well be right.'
  return `This machine's clock is ${size} ${side}, by ${whose}; the error is at most ${timeText(bound)}.${sense}${leapText}`
}

/** The same as one JSON value; times in seconds. */
export function measurementValue({ servers, combined }: Measurement): object {
  return {
    combined: combined ?? null,
    servers: servers.map(({ error, measured, ...rest }) => ({
      ...rest,
      ...(measured === undefined ? {} : { ...measured, refId: refIdText(measured.refId, measured.stratum) }),
      ...(error === undefined ? {} : { error: error.message }),
    })),
  }
}

/** A reference id: a name of up to four letters at stratum 1, else what mostly is an IPv4 address. */
export function refIdText(refId: number, stratum: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => (refId >>> shift) & 0xff)
  if (stratum > 1) return bytes.join('.')
  return bytes.map((byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '')).join('')
}

/** Seconds with three figures and the unit that suits them. */
export function timeText(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0 us'
  const [unit, factor] = size >= 0.9995 ? ['s', 1] : size >= 0.9995e-3 ? ['ms', 1e3] : ['us', 1e6]
  const scaled = value * factor
  const digits = Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2
  return `${scaled.toFixed(digits)} ${unit}`
}

/** The same with its sign. */
export function signedText(value: number): string {
  return value < 0 ? timeText(value) : `+${timeText(value)}`
}
