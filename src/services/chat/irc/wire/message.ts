/**
 * Messages of IRC (RFC 1459 section 2.3, RFC 2812, message-tags), from lines and to lines. What is written never has CR, LF or
 * NUL in it, whatever it is given.
 *
 *   @time=… :alice!a@host PRIVMSG #room :hello there
 *   └─tags─┘└───source───┘└command┘└params, the last one may have spaces
 */
import { clipText } from '../../text/clean-text.ts'
import { formatTags, parseTags } from './tags.ts'

export interface IrcMessage {
  readonly tags: ReadonlyMap<string, string>
  /** Who it is from, without the colon; clients' are not believed. */
  readonly source?: string
  /** In capitals. */
  readonly command: string
  readonly params: readonly string[]
}

/** What is to be written; tags and source where there are any. */
export interface Line {
  readonly tags?: Iterable<readonly [string, string]>
  readonly source?: string | undefined
  readonly command: string
  readonly params?: readonly string[]
  /** The last parameter, always written with a colon. */
  readonly text?: string | undefined
}

/** Bytes of a message without its tags, CR and LF included (RFC 2812 section 2.3). */
export const bodyBytes = 512

const noTags: ReadonlyMap<string, string> = new Map()

/** The message of a line without its ending; undefined where it has no command. Spaces may be repeated, NULs are dropped. */
export function parseMessage(line: string): IrcMessage | undefined {
  // oxlint-disable-next-line no-control-regex -- what RFC 1459 forbids inside
  let rest = line.replace(/[\0\r\n]/g, '').replace(/^ +/, '')
  let tags = noTags
  if (rest.startsWith('@')) {
    const [word, after] = cut(rest)
    tags = parseTags(word.slice(1))
    rest = after
  }
  let source: string | undefined
  if (rest.startsWith(':')) {
    const [word, after] = cut(rest)
    source = word.slice(1)
    rest = after
  }
  const [command, after] = cut(rest)
  if (command === '') return undefined
  return {
    tags,
    ...(source !== undefined && { source }),
    command: command.toUpperCase(),
    params: parseParams(after),
  }
}

function parseParams(text: string): string[] {
  const params: string[] = []
  let rest = text
  while (rest !== '') {
    if (rest.startsWith(':')) {
      params.push(rest.slice(1))
      break
    }
    const [word, after] = cut(rest)
    params.push(word)
    rest = after
  }
  return params
}

/** The first word, and what follows the spaces behind it. */
function cut(text: string): [string, string] {
  const space = text.indexOf(' ')
  if (space < 0) return [text, '']
  let next = space
  while (text[next] === ' ') next++
  return [text.slice(0, space), text.slice(next)]
}

/**
 * The line without its ending. A parameter in the middle that would be read otherwise is changed so that it is one word (`_` for
 * a space, `*` for nothing, `0` before a colon); all but the tags is cut at `bodyBytes`, between characters.
 */
export function formatMessage(line: Line): string {
  const tags = line.tags === undefined ? '' : formatTags(line.tags)
  return tags === '' ? formatBody(line) : `@${tags} ${formatBody(line)}`
}

function formatBody(line: Line): string {
  let body = line.source === undefined ? line.command : `:${line.source} ${line.command}`
  const params = line.params ?? []
  const isLast = (at: number): boolean => line.text === undefined && at === params.length - 1
  for (const [at, param] of params.entries()) body += isLast(at) ? ` ${lastParam(param)}` : ` ${middleParam(param)}`
  if (line.text !== undefined) body += ` :${line.text}`
  const text = withoutBreaks(body)
  return text.length * 3 <= bodyBytes - 2 ? text : clipText(text, bodyBytes - 2)
}

function lastParam(param: string): string {
  return param === '' || param.startsWith(':') || param.includes(' ') ? `:${param}` : param
}

function middleParam(param: string): string {
  if (param === '') return '*'
  // oxlint-disable-next-line no-control-regex -- what would end the line, or be taken for a space
  const word = param.replace(/[ \0\r\n]/g, '_')
  return word.startsWith(':') ? `0${word}` : word
}

function withoutBreaks(text: string): string {
  // oxlint-disable-next-line no-control-regex -- what may never be written
  return /[\0\r\n]/.test(text) ? text.replace(/[\0\r\n]/g, ' ') : text
}

/** `nick!user@host`. */
export function sourceOf(who: { readonly nick: string; readonly user: string; readonly host: string }): string {
  return `${who.nick}!${who.user}@${who.host}`
}
