/**
 * What a store in memory leaves to that of the next owner of the rooms: records whenever they change, as the owner may be killed, and messages
 * at its end, which takes them with it when it is killed.
 *
 *   room #den {...}    account ada {...}    setting hostKey "..."        history 0: the newest, a JSON value a line
 */
import type { StoredMessage } from './types.ts'

/** Where it is kept: a server's `kept` and `keep`. */
export interface Keeping {
  readonly kept: ReadonlyMap<string, Uint8Array>
  /** Undefined: no longer. False where nobody comes to whom it could be left. */
  keep(name: string, bytes: Uint8Array | undefined): boolean
}

export type RecordKind = 'room' | 'account' | 'setting'

/** Of messages at most: talk waits meanwhile. */
export const longestHistoryBytes = 33_554_432
const pageBytes = 1_048_576

/** `json` of a record; undefined: it is gone. */
export function keepRecord(
  keeping: Keeping | undefined,
  kind: RecordKind,
  name: string,
  json: string | undefined,
): void {
  keeping?.keep(`${kind} ${name}`, json === undefined ? undefined : Buffer.from(json))
}

/** The records of a kind, by name. */
export function keptRecords<Value>(keeping: Keeping, kind: RecordKind): [name: string, value: Value][] {
  return [...keeping.kept].flatMap(([name, bytes]): [string, Value][] =>
    name.startsWith(`${kind} `) ? [[name.slice(kind.length + 1), parsed<Value>(bytes)]] : [],
  )
}

/** The newest messages, in pages. */
export function keepMessages(
  keeping: Keeping,
  messages: readonly StoredMessage[],
  mostBytes: number = longestHistoryBytes,
): void {
  let [page, bytes, total, pages] = [[] as string[], 0, 0, 0]
  const leave = (): boolean => {
    const isTaken = page.length === 0 || keeping.keep(`history ${pages++}`, Buffer.from(page.join('\n')))
    ;[page, bytes] = [[], 0]
    return isTaken
  }
  for (const message of messages.toSorted((one, other) => (one.id > other.id ? -1 : 1))) {
    const line = lineOf(message)
    total += Buffer.byteLength(line) + 1
    if (total > mostBytes) break
    page.push(line)
    bytes += line.length
    if (bytes >= pageBytes && !leave()) return
  }
  leave()
}

/** The messages that were left, oldest first; they are kept no longer. */
export function takeMessages(keeping: Keeping): StoredMessage[] {
  const messages: StoredMessage[] = []
  for (const [name, bytes] of keeping.kept) {
    if (!name.startsWith('history ')) continue
    for (const line of Buffer.from(bytes).toString().split('\n')) messages.push(messageOf(line))
    keeping.keep(name, undefined)
  }
  return messages.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** Its bytes that are no text stand behind it. */
function lineOf({ bytes, ...rest }: StoredMessage): string {
  return JSON.stringify(bytes === undefined ? [rest] : [rest, Buffer.from(bytes).toString('base64')])
}

function messageOf(line: string): StoredMessage {
  const [message, bytes] = JSON.parse(line) as [StoredMessage, string?]
  return bytes === undefined ? message : { ...message, bytes: Uint8Array.from(Buffer.from(bytes, 'base64')) }
}

function parsed<Value>(bytes: Uint8Array): Value {
  return JSON.parse(Buffer.from(bytes).toString()) as Value
}
