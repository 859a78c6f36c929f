/** The client of the format service: asks a server for its time, in a format. */
import { checkInteger, checkKnownKeys, fail, isLaneworkError } from '../../core/index.ts'
import { connect, formatAddress, isDatagram, parseAddress, resolveAddress, udp, type Address } from '../../io/index.ts'
import { errorPrefix } from './format-answers.ts'
import { writeRequest } from './format-request.ts'

export interface AskTimeOptions {
  /** The zone that the time is wanted in. @default the server's */
  readonly zone?: string
  /** The language. @default the server's */
  readonly locale?: string
  /** How long to wait: over UDP for each of the tries, else for all of it. @default 1_000 */
  readonly timeoutMs?: number
  /** Over UDP, how often to ask until there is an answer, 1 to 10. @default 3 */
  readonly tries?: number
}

/** Stands before the format, and so before every answer that is a time: an error begins differently. */
const mark = '='
/** Padded to this length a request earns the 512 bytes that a server answers with at most unless told otherwise. */
const paddedBytes = 242
const answerBytes = 65_536

/**
 * Asks a format service; the answer is bytes, since formats may hold any. Over UDP the request is padded, so that a short format may
 * have a long answer, and repeated when it gets none. The text of `format` is sent as UTF-8.
 *
 * Throws REQUEST_REFUSED with the server's reason, NO_ANSWER, TIMED_OUT, CLOSED_WITHOUT_ANSWER, OPTION_INVALID, and what sockets throw.
 *
 * @example
 * String(await askTime('udp://127.0.0.1:9014', '%A, %H:%M %Z', { zone: 'Asia/Tokyo' })) // 'Friday, 20:15 JST'
 */
export async function askTime(
  address: string | Address,
  format: string,
  options: AskTimeOptions = {},
): Promise<Buffer> {
  checkKnownKeys('askTime', options, ['zone', 'locale', 'timeoutMs', 'tries'])
  const { zone, locale, timeoutMs = 1_000, tries = 3 } = options
  checkInteger('timeoutMs', timeoutMs, 1, 3_600_000)
  checkInteger('tries', tries, 1, 10)
  checkWord('zone', zone)
  checkWord('locale', locale)
  const target = await resolveAddress(parseAddress(address))
  if (!isDatagram(target) && format.includes('\n')) {
    throw fail('OPTION_INVALID', {
      option: 'format',
      rule: 'one line over a stream; %n is a newline',
      got: JSON.stringify(format),
    })
  }
  const request = Buffer.from(writeRequest({ zone, locale, format: mark + format }))
  const answer = isDatagram(target)
    ? await askByDatagram(target, request, timeoutMs, tries)
    : await askByStream(target, request, timeoutMs)
  return timeIn(answer, target)
}

/** Zone and locale are cut out of the request at blanks. */
function checkWord(option: string, word: string | undefined): void {
  if (word === undefined || /^[\x21-\x7e]+$/.test(word)) return
  throw fail('OPTION_INVALID', { option, rule: 'ASCII without blanks', got: JSON.stringify(word) })
}

function timeIn(answer: Buffer, from: Address): Buffer {
  const text = answer.toString('latin1')
  if (text.startsWith(mark)) return answer.subarray(mark.length)
  if (text.startsWith(errorPrefix)) {
    throw fail('REQUEST_REFUSED', { address: formatAddress(from), reason: text.slice(errorPrefix.length).trim() })
  }
  const reason = `it answered ${JSON.stringify(text.slice(0, 40))}, which is no answer to the format`
  throw fail('REQUEST_REFUSED', { address: formatAddress(from), reason })
}

async function askByDatagram(target: Address, request: Buffer, timeoutMs: number, tries: number): Promise<Buffer> {
  const padded = Buffer.alloc(Math.max(request.length, paddedBytes))
  request.copy(padded)
  const socket = udp()
  try {
    // Connected, so that only the server's own datagrams come in.
    await socket.connect(target)
    for (let attempt = 1; attempt <= tries; attempt++) {
      await socket.send(padded)
      try {
        return await socket.recv(answerBytes, { timeoutMs })
      } catch (error) {
        if (!isLaneworkError(error, 'TIMED_OUT')) throw error
      }
    }
    throw fail('NO_ANSWER', { address: formatAddress(target), timeoutMs: timeoutMs * tries })
  } finally {
    await socket.close()
  }
}

async function askByStream(target: Address, request: Buffer, timeoutMs: number): Promise<Buffer> {
  const stream = await connect(target, { timeoutMs })
  stream.timeoutMs = timeoutMs
  try {
    await stream.send(Buffer.concat([request, Buffer.from('\n')]))
    // An answer may have lines of its own; that the server ends too is what ends it.
    stream.end()
    const answer = await stream.read(answerBytes)
    if (answer.length === 0) throw fail('CLOSED_WITHOUT_ANSWER', { address: formatAddress(target) })
    return answer.subarray(0, answer.at(-1) === 0x0a ? -1 : undefined)
  } finally {
    await stream.close()
  }
}
