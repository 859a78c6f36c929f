/** What is answered to a request for a page (RFC 9110). Pure: a request's words in, an answer out. */
import type { Encoding, Page, Pages, PageVariant } from './pages.ts'

/** The words of a request that matter here; header fields may be missing. */
export interface PageRequest {
  readonly method: string
  /** As it was sent: a path with its query, or a whole URL. */
  readonly target: string
  readonly acceptEncoding?: string | undefined
  readonly ifNoneMatch?: string | undefined
  /** It announces a body. */
  readonly hasBody?: boolean
}

export interface PageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Buffer
  /** The connection ends with it. */
  readonly isLast: boolean
}

/** Longest target of a request, in characters. */
export const targetLimit = 2_048

/** Sent with every answer: pages run nothing and load nothing but what comes from here, and nobody frames them. */
const security = {
  'Content-Security-Policy':
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

const nothing = Buffer.alloc(0)

/** Answers GET and HEAD of pages; everything else is refused with the status that says why. */
export function answerPage(pages: Pages, request: PageRequest): PageAnswer {
  if (request.target.length > targetLimit) return refusal(414)
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, { Allow: 'GET, HEAD' })
  if (request.hasBody === true) return refusal(400)
  const path = pathOf(request.target)
  if (path === undefined) return refusal(400)
  const page = pages.get(path)
  if (page === undefined) return missing(pages, path)
  const variant = chooseVariant(page, request.acceptEncoding ?? '')
  const headers = headersOf(page, variant)
  if (matches(request.ifNoneMatch, variant.etag)) return { status: 304, headers, body: nothing, isLast: false }
  return {
    status: 200,
    headers: { ...headers, 'Content-Type': page.type, 'Content-Length': variant.body.length },
    body: request.method === 'HEAD' ? nothing : variant.body,
    isLast: false,
  }
}

/** An answer without a page; after those to requests that nobody can trust the connection ends. */
export function refusal(status: number, headers: Readonly<Record<string, string>> = {}): PageAnswer {
  const body = Buffer.from(`${status} ${words[status] ?? ''}\n`)
  const isLast = status !== 404 && status !== 426 && status !== 308
  return {
    status,
    headers: {
      ...security,
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': body.length,
      'Cache-Control': 'no-store',
      ...(isLast ? { Connection: 'close' } : {}),
      ...headers,
    },
    body,
    isLast,
  }
}

/** Reasons of RFC 9110, section 15, for the statuses that are used here. */
export const words: Readonly<Record<number, string>> = {
  200: 'OK',
  304: 'Not Modified',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
}

/** A folder without its slash is sent there, so that relative links of its page lead where they should. */
function missing(pages: Pages, path: string): PageAnswer {
  return pages.has(`${path}/`) ? refusal(308, { Location: `${encodeURI(path)}/` }) : refusal(404)
}

/**
 * A target that names its host (RFC 9112, section 3.2.2: every server accepts it) without that; others as they are. Whoever has rules for
 * hosts has them for the field Host.
 */
export function originForm(target: string): string {
  const authority = /^https?:\/\/[^/?#@\\]+(?=[/?#]|$)/i.exec(target)?.[0]
  if (authority === undefined) return target
  const rest = target.slice(authority.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * The path that is asked for, decoded. Files are found by their whole path among those that were read, so that `..` leads
 * nowhere; undefined for what is no path.
 */
export function pathOf(target: string): string | undefined {
  const [path = ''] = originForm(target).split(/[?#]/, 1)
  if (!path.startsWith('/') || path.startsWith('//')) return undefined
  try {
    const decoded = decodeURIComponent(path)
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    return undefined
  }
}

function headersOf(page: Page, variant: PageVariant): Record<string, string> {
  return {
    ...security,
    ETag: variant.etag,
    'Cache-Control': page.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(page.variants.length > 1 ? { Vary: 'Accept-Encoding' } : {}),
    ...(variant.encoding === 'identity' ? {} : { 'Content-Encoding': variant.encoding }),
  }
}

/** The smallest that the client takes (RFC 9110, section 12.5.3). */
function chooseVariant(page: Page, acceptEncoding: string): PageVariant {
  const accepted = acceptedEncodings(acceptEncoding)
  return (page.variants.find(({ encoding }) => encoding === 'identity' || accepted.has(encoding)) ??
    page.variants.at(-1)) as PageVariant
}

function acceptedEncodings(field: string): Set<Encoding> {
  const accepted = new Set<Encoding>()
  for (const item of field.split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    if ((name === 'gzip' || name === 'br') && !isRefused) accepted.add(name)
  }
  return accepted
}

/** If-None-Match compares weakly: a proxy may have weakened what we sent (RFC 9110, section 13.1.2). */
function matches(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false
  return field.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag)
}
