/**
 * The one place where a page's messages are believed or not: JSON of a known request with fields of the right types and sizes.
 * Unknown fields are dropped, so that older servers understand newer pages.
 */
import { isMessageId } from '../store/message-id.ts'
import type { RequestName } from '../types.ts'
import { listMost, type PageAsk, seenMost } from './protocol.ts'

/** Gives the value that may go on, or undefined where it is not allowed. */
type Check = (value: unknown) => unknown

interface Field {
  readonly check: Check
  readonly isOptional?: boolean
}

type Shape = Readonly<Record<string, Field>>

/** Longest text of any kind, in UTF-16 units; what the service allows is less and its own matter. */
export const longestText = 16_384
const longestName = 200
const longestRef = 64
const mostChanges = 50

function text(limit: number): Field {
  return { check: (value) => (typeof value === 'string' && value.length <= limit ? value : undefined) }
}

const name: Field = { check: (value) => (value === '' ? undefined : text(longestName).check(value)) }
const line: Field = text(longestText)
const password: Field = text(1_024)

function number(low: number, high: number): Field {
  return { check: (value) => (Number.isSafeInteger(value) && between(value as number, low, high) ? value : undefined) }
}

function between(value: number, low: number, high: number): boolean {
  return value >= low && value <= high
}

const truth: Field = { check: (value) => (typeof value === 'boolean' ? value : undefined) }

function oneOf(...values: readonly (string | boolean)[]): Field {
  return { check: (value) => (values.includes(value as string) ? value : undefined) }
}

function listOf(item: Field, limit: number): Field {
  return {
    check: (value) => {
      if (!Array.isArray(value) || value.length > limit) return undefined
      const checked = value.map((entry) => item.check(entry))
      return checked.includes(undefined) ? undefined : checked
    },
  }
}

function object(shape: Shape): Field {
  return { check: (value) => (isRecord(value) ? takeFields(value, shape).taken : undefined) }
}

/** Names to message ids; made without a prototype, as the names are anybody's. */
const seen: Field = {
  check: (value) => {
    if (!isRecord(value)) return undefined
    const entries = Object.entries(value)
    const areNamed = entries.every(([key, id]) => name.check(key) !== undefined && messageId.check(id) !== undefined)
    if (!areNamed || entries.length > seenMost) return undefined
    return Object.assign(Object.create(null), value) as unknown
  },
}

const messageId: Field = { check: (value) => (isMessageId(value) ? value : undefined) }

const moment: Field = {
  check: (value) =>
    typeof value === 'number' ? number(0, Number.MAX_SAFE_INTEGER).check(value) : messageId.check(value),
}

function optional(field: Field): Field {
  return { ...field, isOptional: true }
}

const reason = optional(line)
const modeNames = ['moderated', 'inviteOnly', 'topicLocked', 'noOutside', 'secret', 'key', 'limit', 'ban', 'except', 'invited'] // prettier-ignore
const modeChange = object({
  mode: oneOf(...modeNames, 'mute', 'operator', 'voice'),
  on: truth,
  value: optional(text(longestName)),
})

/** What a page may ask. TAGMSG's tags and raw bytes are for other protocols. */
const shapes: { readonly [Name in RequestName]: Readonly<Partial<Record<keyof PageAsk<Name>, Field>>> } = {
  enter: {
    nick: optional(name),
    isFlexible: optional(truth),
    realname: optional(text(longestName)),
    resume: optional(name),
    seen: optional(seen),
  },
  quit: { reason: line },
  nick: { nick: name },
  join: { room: name, key: optional(name) },
  part: { room: name, reason },
  say: { to: name, kind: oneOf('message', 'notice', 'action'), text: line, once: optional(text(longestRef)) },
  topic: { room: name, topic: optional(line) },
  mode: { room: name, changes: listOf(modeChange, mostChanges) },
  modes: { room: name, list: optional(oneOf('ban', 'except', 'invited', 'mute')) },
  ownMode: { invisible: optional(truth), wallops: optional(truth), operator: optional(oneOf(false)) },
  kick: { room: name, nick: name, reason },
  invite: { room: name, nick: name },
  away: { text: optional(line) },
  realname: { text: text(longestName) },
  names: { room: name },
  list: {
    rooms: optional(listOf(name, listMost)),
    mask: optional(name),
    membersAtLeast: optional(number(0, 1e9)),
    membersAtMost: optional(number(0, 1e9)),
  },
  who: { mask: name, operatorsOnly: optional(truth) },
  whois: { nick: name },
  whowas: { nick: name, count: optional(number(1, 100)) },
  counts: {},
  history: {
    target: name,
    after: optional(moment),
    before: optional(moment),
    around: optional(moment),
    isForward: optional(truth),
    limit: number(1, 1e9),
  },
  targets: { afterMs: number(0, 1e15), beforeMs: number(0, 1e15), limit: number(1, 1e9) },
  login: { account: name, password },
  logout: {},
  register: { account: name, password },
  operator: { name, password },
  kill: { nick: name, reason: line },
  wallops: { text: line },
  alive: {},
}

/** A request as it may be asked, or why it may not; `ref` where that much could be read. */
export type ReadRequest =
  | {
      readonly [Name in RequestName]: { readonly name: Name; readonly ask: PageAsk<Name>; readonly ref?: string }
    }[RequestName]
  | { readonly bad: string; readonly ref?: string }

/** Reads one message of a page. Never throws. */
export function readRequest(message: string): ReadRequest {
  const value = parse(message)
  if (!isRecord(value)) return { bad: 'A message is a JSON object' }
  const ref = value['ref'] === undefined ? undefined : text(longestRef).check(value['ref'])
  if (value['ref'] !== undefined && ref === undefined)
    return { bad: `ref is a text of ${longestRef} characters at most` }
  const marked = ref === undefined ? {} : { ref: ref as string }
  const wanted = value['do']
  if (typeof wanted !== 'string' || !Object.hasOwn(shapes, wanted)) return { bad: 'do names no request', ...marked }
  const { taken, refused } = takeFields(value, shapes[wanted as RequestName] as Shape)
  if (taken === undefined) return { bad: `${wanted}: ${refused} is missing or not allowed`, ...marked }
  return { name: wanted, ask: taken, ...marked } as ReadRequest
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of a shape, checked; or the first that is wrong. */
function takeFields(value: Record<string, unknown>, shape: Shape): { taken?: object; refused?: string } {
  const taken: Record<string, unknown> = {}
  for (const [key, { check, isOptional }] of Object.entries(shape)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined
    if (given === undefined && isOptional === true) continue
    const checked = given === undefined ? undefined : check(given)
    if (checked === undefined) return { refused: key }
    taken[key] = checked
  }
  return { taken }
}
