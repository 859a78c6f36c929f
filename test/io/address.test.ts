import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  connect,
  formatAddress,
  isDatagram,
  isLoopback,
  isWildcard,
  parseAddress,
  resolveAddress,
  udp,
  unixPathBytes,
  type Address,
} from '#lanework/io/index.js'

const plain = { noNullPrototype: true } as const
const port = fc.integer({ min: 0, max: 65_535 })
const ip6 = fc.ipV6().filter((host) => !host.includes('.'))
const internet = fc.record(
  { scheme: fc.constantFrom('udp', 'tcp'), host: fc.oneof(fc.ipV4(), ip6, fc.domain()), port },
  plain,
)
const web = fc
  .tuple(internet, fc.webPath({ size: 'small' }), fc.option(fc.webQueryParameters()))
  .map(([{ host, port: at }, path, query]) => {
    const whole = `${path === '' ? '/' : path}${query === null ? '' : `?${query}`}`
    return whole === '/' ? { scheme: 'ws', host, port: at } : { scheme: 'ws', host, port: at, path: whole }
  })
const unix = fc.record(
  {
    scheme: fc.constantFrom('unix', 'unix-dgram'),
    path: fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
      .filter((path) => !path.includes('\0') && Buffer.byteLength(path) <= unixPathBytes),
  },
  plain,
)

describe('an address', () => {
  it('survives formatting and parsing', () => {
    fc.assert(
      fc.property(fc.oneof(internet, web, unix) as fc.Arbitrary<Address>, (address) => {
        assert.deepEqual(parseAddress(formatAddress(address)), address)
      }),
    )
  })

  it('survives with a path that starts with slashes', () => {
    for (const path of ['/run/a', '//run/a', '///a', 'a//b', './a']) {
      assert.deepEqual(parseAddress(formatAddress({ scheme: 'unix', path })), { scheme: 'unix', path })
    }
  })

  it('is written as people write it', () => {
    assert.deepEqual(parseAddress('udp://:9000'), { scheme: 'udp', host: '127.0.0.1', port: 9000 })
    assert.deepEqual(parseAddress('TCP://*:0'), { scheme: 'tcp', host: '::', port: 0 })
    assert.deepEqual(parseAddress('tcp://[::1]:65535/'), { scheme: 'tcp', host: '::1', port: 65_535 })
    assert.deepEqual(parseAddress('udp://[fe80::1%eth0]:53'), { scheme: 'udp', host: 'fe80::1%eth0', port: 53 })
    assert.deepEqual(parseAddress('ws://*:9080/chat'), { scheme: 'ws', host: '::', port: 9080, path: '/chat' })
    assert.deepEqual(parseAddress('ws://[::1]:80/'), { scheme: 'ws', host: '::1', port: 80 })
    assert.deepEqual(parseAddress('unix:app.sock'), { scheme: 'unix', path: 'app.sock' })
    assert.deepEqual(parseAddress('unix:///run/app.sock'), { scheme: 'unix', path: '/run/app.sock' })
  })

  const invalid: readonly [input: string, reason: RegExp][] = [
    ['127.0.0.1', /no scheme/],
    ['', /no scheme/],
    ['udp:127.0.0.1:53', /form udp:\/\/HOST:PORT/],
    ['udp://127.0.0.1', /form udp:\/\/HOST:PORT/],
    ['udp://::1:53', /form udp:\/\/HOST:PORT/],
    ['tcp://a b:1', /form tcp:\/\/HOST:PORT/],
    ['tcp://host:1/path', /form tcp:\/\/HOST:PORT/],
    ['ws://host', /form ws:\/\/HOST:PORT\/PATH/],
    ['ws://host:1/a b', /no path of a URL/],
    ['ws://host:1/a#b', /no path of a URL/],
    ['ws://host:1/"', /no path of a URL/],
    ['udp://[127.0.0.1]:53', /no IPv6 address/],
    ['udp://[]:53', /no IPv6 address/],
    ['udp://127.0.0.1:', /port must be 0 to 65535/],
    ['udp://127.0.0.1:65536', /port must be 0 to 65535/],
    ['udp://127.0.0.1:-1', /port must be 0 to 65535/],
    ['udp://127.0.0.1:1e3', /port must be 0 to 65535/],
    ['unix:', /path is empty/],
    ['unix://', /path is empty/],
    ['unix:a\0b', /NUL/],
    [`unix:${'é'.repeat(54)}`, /108 bytes long; a Unix socket allows 107/],
  ]
  for (const [input, reason] of invalid) {
    it(`${JSON.stringify(input.slice(0, 30))} is ADDRESS_INVALID and says why`, () => {
      assert.throws(
        () => parseAddress(input),
        (error) => {
          assert.ok(isLaneworkError(error, 'ADDRESS_INVALID'))
          assert.match(error.detail.reason, reason)
          assert.equal(error.detail.input, input)
          return true
        },
      )
    })
  }

  it('of another scheme is SCHEME_UNKNOWN and names the known ones', () => {
    for (const input of ['http://127.0.0.1:80', 'unixx:path', ':80']) {
      assert.throws(
        () => parseAddress(input),
        (error) => isLaneworkError(error, 'SCHEME_UNKNOWN') && /udp, tcp, ws, unix/.test(error.message),
      )
    }
  })

  it('never makes the parser throw anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `udp://${text}`),
          fc.webUrl(),
        ),
        (input) => {
          try {
            parseAddress(input)
          } catch (error) {
            assert.ok(isLaneworkError(error, 'ADDRESS_INVALID') || isLaneworkError(error, 'SCHEME_UNKNOWN'))
          }
        },
      ),
    )
  })

  it('with a name that nobody has is NAME_NOT_FOUND, wherever it is used', async () => {
    await assert.rejects(resolveAddress(parseAddress('udp://no-such-host.invalid:1')), { code: 'NAME_NOT_FOUND' })
    await assert.rejects(udp().sendTo('x', 'udp://no-such-host.invalid:1'), { code: 'NAME_NOT_FOUND' })
    await assert.rejects(connect('tcp://no-such-host.invalid:1'), { code: 'NAME_NOT_FOUND' })
  })

  it('with a name is replaced by a number, and numbers stay', async () => {
    assert.ok(isLoopback(await resolveAddress(parseAddress('tcp://localhost:1'))))
    const numeric = parseAddress('udp://[::1]:1')
    assert.equal(await resolveAddress(numeric), numeric)
  })

  it('is told apart by kind', () => {
    const kinds = (input: string): boolean[] =>
      [isDatagram, isLoopback, isWildcard].map((is) => is(parseAddress(input)))
    assert.deepEqual(kinds('udp://127.1.2.3:1'), [true, true, false])
    assert.deepEqual(kinds('tcp://[::1]:1'), [false, true, false])
    assert.deepEqual(kinds('tcp://[::ffff:127.0.0.1]:1'), [false, true, false])
    assert.deepEqual(kinds('udp://*:1'), [true, false, true])
    assert.deepEqual(kinds('udp://128.0.0.1:1'), [true, false, false])
    assert.deepEqual(kinds('unix-dgram:x'), [true, true, false])
  })
})
