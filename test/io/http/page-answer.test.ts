/** Pages as they are read from a folder, and what is answered to requests for them. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { answerPage, pathOf, type PageAnswer, type PageRequest } from '#lanework/io/http/page-answer.js'
import { readPages } from '#lanework/io/http/pages.js'
import { freshPath } from '../../support/folder.ts'

const html = `<!doctype html><title>Grüße</title>${'<p>text</p>'.repeat(200)}`

function folderOf(files: Readonly<Record<string, string | Buffer>>): URL {
  const root = freshPath()
  for (const [path, body] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), body)
  }
  return pathToFileURL(`${root}/`)
}

const folder = folderOf({
  'index.html': html,
  'about/index.html': html,
  'assets/index-B3f9_xQa.js': 'export const a = 1\n'.repeat(100),
  'assets/index.css': 'body{}',
  'assets/made.js': 'let made = 1\n'.repeat(50),
  'assets/made.js.gz': gzipSync('m'),
  'pixel.png': Buffer.of(137, 80),
  'a b.txt': 'spaced',
  'only.gz': 'no original',
  '.secret': 'x',
  '.git/config': 'x',
})
const pages = readPages(folder)
const ask = (target: string, more: Partial<PageRequest> = {}): PageAnswer =>
  answerPage(pages, { method: 'GET', target, ...more })

describe('a page', () => {
  it('has its type with a charset, its length, and may be asked for by its folder', () => {
    for (const target of ['/', '/index.html', '/about/', '/?a=b', '/index.html?x#y']) {
      const { status, headers, body } = ask(target)
      assert.equal(status, 200, target)
      assert.equal(headers['Content-Type'], 'text/html; charset=utf-8')
      assert.equal(headers['Content-Length'], Buffer.byteLength(html))
      assert.equal(String(body), html)
    }
    assert.equal(ask('/pixel.png').headers['Content-Type'], 'image/png')
    assert.equal(ask('/only.gz').headers['Content-Type'], 'application/octet-stream')
    assert.equal(String(ask('/a%20b.txt').body), 'spaced')
  })

  it('is sent without a body for HEAD, with the same headers', () => {
    const { body, headers } = ask('/', { method: 'HEAD' })
    assert.deepEqual(headers, ask('/').headers)
    assert.equal(body.length, 0)
  })

  it('is sent compressed to those who take it so, each form with an ETag of its own', () => {
    const plain = ask('/')
    const gzip = ask('/', { acceptEncoding: 'gzip, deflate' })
    const br = ask('/', { acceptEncoding: 'gzip, deflate, br;q=0.5' })
    assert.equal(String(gunzipSync(gzip.body)), html)
    assert.equal(String(brotliDecompressSync(br.body)), html)
    assert.deepEqual(
      [plain, gzip, br].map(({ headers }) => headers['Content-Encoding']),
      [undefined, 'gzip', 'br'],
    )
    assert.equal(new Set([plain, gzip, br].map(({ headers }) => headers['ETag'])).size, 3)
    for (const { headers, body } of [plain, gzip, br]) {
      assert.equal(headers['Vary'], 'Accept-Encoding')
      assert.equal(headers['Content-Length'], body.length)
    }
    assert.equal(ask('/', { acceptEncoding: 'gzip;q=0, br; q=0.000' }).headers['Content-Encoding'], undefined)
    assert.equal(ask('/pixel.png', { acceptEncoding: 'br' }).headers['Content-Encoding'], undefined)
  })

  it('is taken compressed from beside the file where it lies there', () => {
    const { body } = ask('/assets/made.js', { acceptEncoding: 'gzip' })
    assert.equal(String(gunzipSync(body)), 'm')
  })

  it('is not sent again to who has it', () => {
    const etag = ask('/').headers['ETag'] as string
    for (const ifNoneMatch of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { status, headers, body } = ask('/', { ifNoneMatch })
      assert.deepEqual([status, headers['ETag'], body.length], [304, etag, 0])
      assert.equal(headers['Content-Length'], undefined)
    }
    assert.equal(ask('/', { ifNoneMatch: '"other"' }).status, 200)
  })

  it('may be kept for ever only when its name has a hash', () => {
    assert.match(String(ask('/assets/index-B3f9_xQa.js').headers['Cache-Control']), /immutable/)
    for (const target of ['/', '/assets/index.css', '/pixel.png']) {
      assert.equal(ask(target).headers['Cache-Control'], 'no-cache')
    }
  })

  it('comes with headers that keep foreign code and frames out, as refusals do', () => {
    for (const { headers } of [ask('/'), ask('/none'), ask('/', { method: 'POST' })]) {
      assert.match(String(headers['Content-Security-Policy']), /default-src 'self'.*frame-ancestors 'none'/)
      assert.equal(headers['X-Content-Type-Options'], 'nosniff')
      assert.equal(headers['Referrer-Policy'], 'no-referrer')
    }
  })
})

describe('a request', () => {
  it('may name its host before the path, as proxies do', () => {
    for (const target of ['http://a.example/', 'HTTP://a.example:8080', 'https://[::1]/index.html', 'http://a?b'])
      assert.equal(ask(target).status, 200, target)
    assert.equal(ask('http://a.example/about').headers['Location'], '/about/')
  })

  it('for what is no page is refused with the status that says why', () => {
    const statuses: [string, Partial<PageRequest>, number][] = [
      ['/none', {}, 404],
      ['/about', {}, 308],
      ['/', { method: 'POST' }, 405],
      ['/', { method: 'OPTIONS' }, 405],
      ['/', { hasBody: true }, 400],
      [`/${'a'.repeat(2_048)}`, {}, 414],
      ['/%zz', {}, 400],
      ['/%00', {}, 400],
      ['http://a.example/none', {}, 404],
      ['http:///', {}, 400],
      ['http://', {}, 400],
      ['http://a.example//b', {}, 400],
      ['http://user@a.example/', {}, 400],
      ['ftp://a.example/', {}, 400],
      ['//a.example/', {}, 400],
      ['*', {}, 400],
    ]
    for (const [target, more, status] of statuses) assert.equal(ask(target, more).status, status, target.slice(0, 20))
    assert.equal(ask('/about').headers['Location'], '/about/')
    assert.equal(ask('/', { method: 'PUT' }).headers['Allow'], 'GET, HEAD')
  })

  it('never leads out of the folder, nor to files whose names begin with a dot', () => {
    const targets = [
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fetc/passwd',
      '/assets/../index.html',
      '/.secret',
      '/.git/config',
      '/%2esecret',
      '/assets/..\\index.html',
    ]
    for (const target of targets) assert.equal(ask(target).status, 404, target)
  })

  it('gets an answer whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (target, acceptEncoding, ifNoneMatch) => {
        const { status } = ask(`/${target}`, { acceptEncoding, ifNoneMatch })
        assert.ok([200, 304, 308, 400, 404].includes(status))
        assert.ok(pathOf(target) === undefined || pathOf(target)?.startsWith('/'))
      }),
    )
  })
})

describe('a folder of pages', () => {
  it('must be there', () => {
    for (const given of [new URL('file:///none/such'), new URL('http://a.example/'), new URL('./index.html', folder)]) {
      assert.throws(() => readPages(given), { code: 'OPTION_INVALID' })
    }
  })

  it('has no pages where links lead', () => {
    const linked = folderOf({ 'a.txt': 'a' })
    symlinkSync('/etc/passwd', new URL('./passwd.txt', linked))
    assert.deepEqual([...readPages(linked).keys()], ['/a.txt'])
  })

  it('may not be larger than 64 MiB', () => {
    assert.throws(() => readPages(folderOf({ 'big.bin': Buffer.alloc(67_108_865) })), { code: 'OPTION_INVALID' })
  })
})
