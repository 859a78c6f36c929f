/**
 * A request of the format service, as bytes (each character one, `latin1`). Pure.
 *
 *   @Europe/Berlin,de %A, %e %B %Y NUL NUL NUL
 *   │zone          │  │            └ padding: no part of the format, but of the length that the answer is measured by
 *   │              │  └ format, after one space
 *   │              └ locale
 *   └ only at the very beginning; `@@` stands for a format that begins with @
 */

export interface FormatRequest {
  /** Undefined for the service's own. */
  readonly zone: string | undefined
  /** Undefined for the service's own. */
  readonly locale: string | undefined
  readonly format: string
}

/** What is answered to a request without a format. */
export const standardFormat = '%c'

/** Reads a request. Every text is one: what is wrong with zone or locale shows when they are looked up. */
export function parseRequest(request: string): FormatRequest {
  const text = withoutPadding(request)
  if (!text.startsWith('@')) return { zone: undefined, locale: undefined, format: formatOf(text) }
  if (text.startsWith('@@')) return { zone: undefined, locale: undefined, format: text.slice(1) }
  const end = text.search(/[ \r\n]|$/)
  const format = text.slice(text[end] === ' ' ? end + 1 : end)
  return { ...zoneAndLocale(text.slice(1, end)), format: formatOf(format) }
}

/** The request that asks for this. */
export function writeRequest({ zone, locale, format }: FormatRequest): string {
  if (zone === undefined && locale === undefined) return format.startsWith('@') ? `@${format}` : format
  return `@${zone ?? ''}${locale === undefined ? '' : `,${locale}`} ${format}`
}

/** NUL is no text, so nobody misses it. */
function withoutPadding(request: string): string {
  let end = request.length
  while (end > 0 && request.charCodeAt(end - 1) === 0) end--
  return request.slice(0, end)
}

/** A line's end, which programs such as nc send along, makes no format. */
function formatOf(text: string): string {
  return text === '' || text === '\n' || text === '\r\n' ? standardFormat + text : text
}

/** The commas of a POSIX rule, `CET-1CEST,M3.5.0,M10.5.0/3`, are the zone's; what follows them begins with no language. */
function zoneAndLocale(head: string): Pick<FormatRequest, 'zone' | 'locale'> {
  const [, zone = '', locale] = /^(.*?)(?:,((?:[A-Za-z]{2,8}(?:[-_.@].*)?|C)?))?$/.exec(head) ?? [undefined, head]
  return { zone: zone === '' ? undefined : zone, locale: locale === '' ? undefined : locale }
}
