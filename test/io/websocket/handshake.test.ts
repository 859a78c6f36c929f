/** Which handshakes are accepted. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseProtocol, isOwnName, refuseHandshake } from '#lanework/io/websocket/handshake.js'

const rules = { path: '/chat', origins: undefined, isLoopback: false }

function statusOf(host: string | undefined, origin: string | undefined, more = {}): number {
  return refuseHandshake({ path: '/chat', host, origin }, { ...rules, ...more })?.status ?? 101
}

describe('a handshake', () => {
  it('is refused at another path', () => {
    for (const path of ['/', '/chat/', '/CHAT', '/chat/x']) {
      assert.equal(refuseHandshake({ path, host: 'a', origin: undefined }, rules)?.status, 404)
    }
  })

  it('is accepted from programs, which send no origin', () => {
    assert.equal(statusOf('a.example', undefined), 101)
    assert.equal(statusOf(undefined, undefined, { isLoopback: true }), 101)
  })

  it('is accepted from pages of the same host and port, whatever the scheme', () => {
    assert.equal(statusOf('a.example:9080', 'http://a.example:9080'), 101)
    assert.equal(statusOf('A.example', 'https://a.example'), 101)
    assert.equal(statusOf('a.example:443', 'https://a.example'), 101)
    assert.equal(statusOf('[::1]:9080', 'http://[::1]:9080'), 101)
  })

  it('is refused from other pages', () => {
    const others = [
      'http://evil.example',
      'http://a.example:1',
      'https://a.example.evil.example',
      'null',
      '',
      'x',
      'file://',
    ]
    for (const origin of others) assert.equal(statusOf('a.example', origin), 403, origin)
    assert.equal(statusOf(undefined, 'http://a.example'), 403)
  })

  it('is refused on loopback from a name that somebody made lead here', () => {
    const more = { isLoopback: true }
    assert.equal(statusOf('rebound.example:9080', 'http://rebound.example:9080', more), 403)
    for (const host of ['127.0.0.1:9080', 'localhost:9080', '[::1]:9080', 'chat.localhost:9080']) {
      assert.equal(statusOf(host, `http://${host}`, more), 101, host)
    }
  })

  it('goes by the list of origins where there is one', () => {
    const more = { origins: ['https://a.example', 'null'], isLoopback: true }
    assert.equal(statusOf('other.example', 'https://a.example', more), 101)
    assert.equal(statusOf('other.example', 'null', more), 101)
    assert.equal(statusOf('b.example', 'https://b.example', more), 403)
    assert.equal(statusOf('b.example', 'http://evil.example', { origins: '*' }), 101)
  })
})

describe('names of this machine alone', () => {
  it('are numbers and localhost', () => {
    for (const host of ['127.0.0.1', '[::1]:80', 'localhost', 'a.localhost:1']) assert.ok(isOwnName(host), host)
    for (const host of ['localhost.evil.example', 'a.example', '', '127.0.0.1.nip.example', undefined]) {
      assert.ok(!isOwnName(host), host)
    }
  })
})

describe('sub-protocols', () => {
  it('are ours in our order, among those offered', () => {
    assert.equal(chooseProtocol(new Set(['b', 'a']), ['a', 'b']), 'a')
    assert.equal(chooseProtocol(new Set(['b']), ['a', 'b']), 'b')
    assert.equal(chooseProtocol(new Set(['c']), ['a', 'b']), undefined)
    assert.equal(chooseProtocol(new Set(['c']), []), undefined)
  })
})
