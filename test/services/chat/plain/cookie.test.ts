/** Cookies: who may come in over UDP from elsewhere, and that nothing is to be gained by forging. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  cookieDatagram,
  helloBytes,
  helloDatagram,
  joinDatagram,
  makeCookies,
  readCookie,
  readHello,
  readJoin,
  type Cookies,
} from '#lanework/services/chat/plain/cookie.js'
import type { Address } from '#lanework/io/index.js'
import { ManualClock } from '../../../support/manual-clock.js'

const at = (host: string, port: number): Address => ({ scheme: 'udp', host, port })
/** Cookies by a key of their own. */
function cookiesOf(clock: ManualClock): Cookies {
  const key = randomBytes(32)
  return makeCookies(() => key, clock)
}

const home = at('192.0.2.7', 4_000)

describe('cookies', () => {
  it('are right for their address and port alone, in every lane with the secret', () => {
    const clock = new ManualClock()
    const secret = randomBytes(32)
    const cookie = makeCookies(() => secret, clock).of(home) ?? ''
    const other = makeCookies(() => secret, clock)
    assert.equal(other.isRight(cookie, home), true)
    assert.equal(other.isRight(cookie, at('192.0.2.7', 4_001)), false)
    assert.equal(other.isRight(cookie, at('192.0.2.8', 4_000)), false)
    assert.equal(cookiesOf(clock).isRight(cookie, home), false)
  })

  it('are right for 20 seconds at least and never after 40', () => {
    const clock = new ManualClock()
    const cookies = cookiesOf(clock)
    for (let step = 0; step < 20; step++) {
      const cookie = cookies.of(home) ?? ''
      clock.advance(20_000)
      assert.equal(cookies.isRight(cookie, home), true)
      clock.advance(20_000)
      assert.equal(cookies.isRight(cookie, home), false)
      clock.advance(1_733)
    }
  })

  it('are wrong when any bit of them is another', () => {
    const cookies = cookiesOf(new ManualClock())
    const right = Buffer.from(cookies.of(home) ?? '', 'base64url')
    for (let bit = 0; bit < right.length * 8; bit++) {
      const altered = Buffer.from(right)
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(cookies.isRight(altered.toString('base64url'), home), false)
    }
    for (const bad of ['', 'x', right.toString('base64url').slice(1), `${right.toString('base64url')}AA`])
      assert.equal(cookies.isRight(bad, home), false)
  })

  it('are answered with less than was asked with', () => {
    const cookie = cookiesOf(new ManualClock()).of(home) ?? ''
    assert.equal(helloDatagram().length, helloBytes)
    assert.ok(cookieDatagram(cookie).length * 3 < helloBytes)
  })
})

describe('hello and join', () => {
  it('read what they write', () => {
    const cookie = cookiesOf(new ManualClock()).of(home) ?? ''
    assert.equal(readHello(helloDatagram()), 'long')
    assert.equal(readCookie(Buffer.from(cookieDatagram(cookie))), cookie)
    assert.deepEqual(readJoin(Buffer.from(joinDatagram(cookie, '爱丽丝'))), { cookie, nick: '爱丽丝' })
    assert.deepEqual(readJoin(Buffer.from(`${joinDatagram(cookie)}\r\n`)), { cookie, nick: undefined })
  })

  it('are told from text', () => {
    assert.equal(readHello(Buffer.from('HELLO lanework')), 'short')
    assert.equal(readHello(Buffer.from('HELLO lanework'.padEnd(helloBytes - 1))), 'short')
    assert.equal(readHello(Buffer.from('HELLO lanework!'.padEnd(helloBytes))), undefined)
    assert.equal(readHello(Buffer.from('hello')), undefined)
    assert.equal(readJoin(Buffer.from('JOIN us')), undefined)
    assert.equal(readJoin(Buffer.from(`JOIN ${'a'.repeat(23)}`)), undefined)
    // What follows is a nick, though a bad one: it is not to be said.
    assert.equal(readJoin(Buffer.from(`JOIN ${'a'.repeat(22)} two words`))?.nick, 'two words')
  })

  it('survive every datagram', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const head of ['', 'HELLO lanework', 'JOIN ', 'COOKIE ']) {
          const datagram = Buffer.concat([Buffer.from(head), bytes])
          readHello(datagram)
          readJoin(datagram)
          readCookie(datagram)
        }
      }),
    )
  })
})
