/**
 * A folder of pages, read once into memory: each file with its type, its ETag, and what it is compressed. Pure but for reading.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

import { fail } from '../../core/index.ts'

export type Encoding = 'identity' | 'gzip' | 'br'

/** One file as it is sent. */
export interface Page {
  /** With its charset where it is text. */
  readonly type: string
  /** Its name holds a hash of its content, so it never changes. */
  readonly isHashed: boolean
  /** What may be sent, the smallest first; the last is the file as it is. */
  readonly variants: readonly PageVariant[]
}

export interface PageVariant {
  readonly encoding: Encoding
  readonly body: Buffer
  /** With its quotes. */
  readonly etag: string
}

/** Pages by the path of their URL. */
export type Pages = ReadonlyMap<string, Page>

/** All files together, in bytes; more is no folder of pages. */
const totalBytesLimit = 67_108_864

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  webmanifest: 'application/manifest+json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  pdf: 'application/pdf',
}

/**
 * Reads a folder, with what lies below it, but no file or folder whose name begins with a dot. `a.js.br` and `a.js.gz` are `a.js`
 * compressed; what is text and has neither is compressed here. `index.html` is also the path of its folder.
 * Throws OPTION_INVALID when there is no such folder, or more than 64 MiB in it.
 */
export function readPages(folder: URL): Pages {
  const files = readFiles(folder)
  const pages = new Map<string, Page>()
  for (const [path, body] of files) {
    const original = path.replace(/\.(br|gz)$/, '')
    if (original !== path && files.has(original)) continue
    const page = makePage(path, body, files)
    pages.set(`/${path}`, page)
    if (/(^|\/)index\.html$/.test(path)) pages.set(`/${path.slice(0, -'index.html'.length)}`, page)
  }
  return pages
}

function readFiles(folder: URL): Map<string, Buffer> {
  const root = folderPath(folder)
  const files = new Map<string, Buffer>()
  let total = 0
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isFile() || /(^|\/)\./.test(path)) continue
    const body = readFileSync(join(root, path))
    total += body.length
    if (total > totalBytesLimit) throw refused(folder, `a folder with at most ${totalBytesLimit} bytes of files`)
    files.set(path, body)
  }
  return files
}

function folderPath(folder: URL): string {
  try {
    const path = fileURLToPath(folder)
    if (statSync(path).isDirectory()) return path
  } catch {
    // No file URL, or nothing there: said below.
  }
  throw refused(folder, 'the file URL of a folder')
}

function refused(folder: URL, rule: string): Error {
  return fail('OPTION_INVALID', { option: 'pages', rule, got: String(folder) })
}

function makePage(path: string, body: Buffer, files: ReadonlyMap<string, Buffer>): Page {
  const type = types[/\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream'
  const compressed: PageVariant[] = [
    variant('br', files.get(`${path}.br`) ?? (isText(type) ? brotli(body) : body)),
    variant('gzip', files.get(`${path}.gz`) ?? (isText(type) ? gzipSync(body, { level: 9 }) : body)),
  ]
  return {
    type,
    isHashed: /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path) && /[0-9A-Z_]/.test(lastPart(path)),
    variants: [...compressed.filter((each) => each.body.length < body.length), variant('identity', body)],
  }
}

/** What stands between the last dot or dash and the ending: `index-B3f_9xQa.js`. */
function lastPart(path: string): string {
  return /[.-]([A-Za-z0-9_-]{8,})\.[a-z0-9]+$/.exec(path)?.[1] ?? ''
}

function isText(type: string): boolean {
  return type.includes('charset') || type === 'application/wasm'
}

function brotli(body: Buffer): Buffer {
  return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
}

function variant(encoding: Encoding, body: Buffer): PageVariant {
  const hash = createHash('sha256').update(encoding).update(body).digest('base64url').slice(0, 22)
  return { encoding, body, etag: `"${hash}"` }
}
