/** An answer as people read it: who answered, what it says, its sections in columns. */
import {
  className,
  edeName,
  ednsName,
  ednsValue,
  type EdnsOption,
  formatData,
  formatName,
  type Message,
  rcodeName,
  type ResourceRecord,
  type ServerAnswer,
  typeName,
} from '../../services/dns/index.ts'
import { escapeControls } from '../output.ts'

export const flagNames = ['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const

export function flagsOf(message: Message): string[] {
  return flagNames.filter((flag) => message[flag])
}

/** Everything that an answer says. */
export function answerText({ message, bytes, server, transport, elapsedMs }: ServerAnswer): string {
  const questions = message.questions.map(
    ({ name, type, class: asked }) => `${formatName(name)} ${className(asked)} ${typeName(type)}`,
  )
  const over = server.startsWith(transport) ? '' : ` over ${transport.toUpperCase()}`
  const lines = [
    `; ${questions.join(', ')}`,
    `; ${server}${over}, ${elapsedMs.toFixed(1)} ms, ${bytes.length} bytes`,
    `; ${rcodeName(message.rcode)}, flags: ${flagsOf(message).join(' ') || 'none'}${meaningOf(message)}`,
    ...ednsLines(message),
    ...sectionLines('answer', message.answers),
    ...sectionLines('authority', message.authorities),
    ...sectionLines('additional', message.additionals),
  ]
  return escapeControls(lines.join('\n'))
}

/** What response code and flags come to, where that is worth a word. */
function meaningOf({ rcode, answers, tc }: Message): string {
  if (tc) return ' (cut off; --tcp gives all of it)'
  const meanings: Readonly<Record<string, string>> = {
    NXDOMAIN: ' (there is no such name)',
    REFUSED: ' (the server does not answer for this name, or not to us)',
    SERVFAIL: ' (the server could not find out)',
  }
  if (rcode === 0 && answers.length === 0) return ' (the name has no such records here)'
  return meanings[rcodeName(rcode)] ?? ''
}

function ednsLines({ edns }: Message): string[] {
  if (edns === undefined) return []
  const bits = edns.dnssecOk ? ', do' : ''
  return [`; EDNS: ${edns.udpSize} bytes over UDP${bits}`, ...edns.options.map((option) => `; ${optionText(option)}`)]
}

/** An EDNS option in words; one that cannot be read as its bytes. */
export function optionText(option: EdnsOption): string {
  const name = ednsName(option.code)
  const hex = Buffer.from(option.data).toString('hex')
  try {
    const value = ednsValue(option)
    if (value.option === 'EDE') return `${name}: ${edeName(value.code)}${value.text === '' ? '' : ` (${value.text})`}`
    if (value.option === 'NSID') return `${name}: ${Buffer.from(value.id).toString('latin1')}`
    return `${name}: ${hex}`
  } catch {
    return `${name}: ${hex}`
  }
}

function sectionLines(section: string, records: readonly ResourceRecord[]): string[] {
  if (records.length === 0) return []
  const rows = records.map((record) => [
    formatName(record.name),
    String(record.ttl),
    className(record.class),
    typeName(record.type),
    formatData(record),
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 1 ? cell.padStart(widths[1]!) : cell.padEnd(widths[column] ?? 0))).join('  ')
  return ['', `${section}:`, ...rows.map((row) => line(row).trimEnd())]
}

/** The same as values. */
export function answerValue({ message, bytes, server, transport, elapsedMs, attempts }: ServerAnswer): object {
  const { edns } = message
  return {
    server,
    transport,
    elapsedMs: Math.round(elapsedMs * 1000) / 1000,
    sizeBytes: bytes.length,
    attempts,
    rcode: rcodeName(message.rcode),
    flags: flagsOf(message),
    questions: message.questions.map(({ name, type, class: asked }) => ({
      name: formatName(name),
      class: className(asked),
      type: typeName(type),
    })),
    answers: message.answers.map(recordJson),
    authorities: message.authorities.map(recordJson),
    additionals: message.additionals.map(recordJson),
    ...(edns === undefined
      ? {}
      : { edns: { udpSize: edns.udpSize, dnssec: edns.dnssecOk, options: edns.options.map(optionText) } }),
  }
}

function recordJson(record: ResourceRecord): object {
  return {
    name: formatName(record.name),
    ttl: record.ttl,
    class: className(record.class),
    type: typeName(record.type),
    data: formatData(record),
  }
}
