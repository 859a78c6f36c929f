/** The server for tests: what it answers, remembers and spoils. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { formatData, MockDns, rcodeName, Resolver } from '#lanework/services/dns/index.js'
import { MemoryNetwork, VirtualClock } from '#lanework/testing/index.js'
import { until } from '../../../support/until.js'

const timeoutMs = 60_000

describe('the mock server', () => {
  it('answers from its table: data, aliases, wildcards, no data, no such name', async () => {
    await using mock = await MockDns.start({
      'a.test': { A: ['192.0.2.1'] },
      'b.test': { CNAME: ['a.test'] },
      '*.w.test': { A: '192.0.2.3' },
      'deep.below.test': { A: '192.0.2.4' },
      'loop.test': { CNAME: 'loop.test' },
    })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    const ask = async (name: string, type = 'A') => {
      const { message } = await resolver.query(name, type)
      return [rcodeName(message.rcode), ...message.answers.map((record) => formatData(record))]
    }
    assert.deepEqual(await ask('a.test'), ['NOERROR', '192.0.2.1'])
    assert.deepEqual(await ask('b.test'), ['NOERROR', 'a.test.', '192.0.2.1'])
    assert.deepEqual(await ask('x.y.w.test'), ['NOERROR', '192.0.2.3'])
    assert.deepEqual(await ask('a.test', 'MX'), ['NOERROR'])
    assert.deepEqual(await ask('below.test'), ['NOERROR'])
    assert.deepEqual(await ask('c.test'), ['NXDOMAIN'])
    assert.equal((await ask('loop.test'))[0], 'SERVFAIL')
    mock.set('c.test', 'A', ['192.0.2.9'])
    mock.remove('a.test')
    assert.deepEqual([await ask('c.test'), await ask('a.test')], [['NOERROR', '192.0.2.9'], ['NXDOMAIN']])
  })
  it('takes away the data of one type, and keeps the name', async () => {
    await using mock = await MockDns.start({ 'a.test': { A: ['192.0.2.1'], TXT: '"x"' } })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    const ask = async (type: string) => {
      const { message } = await resolver.query('a.test', type)
      return [rcodeName(message.rcode), message.answers.length]
    }
    mock.set('a.test', 'a', [])
    assert.deepEqual(
      [await ask('A'), await ask('TXT')],
      [
        ['NOERROR', 0],
        ['NOERROR', 1],
      ],
    )
    mock.set('a.test', 'TXT', [])
    assert.deepEqual(await ask('TXT'), ['NOERROR', 0])
  })
  it('sends nothing once it is closed, what was to come late neither', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    const mock = await MockDns.start({}, { network, clock })
    mock.fail({ delayMs: 700 })
    const before = clock.pending
    const controller = new AbortController()
    const resolver = new Resolver({ servers: [mock.address], network, clock })
    const asking = assert.rejects(resolver.query('a.test', 'A', { signal: controller.signal }))
    // One timer is the resolver's.
    await until('its answer waits', () => clock.pending === before + 2)
    controller.abort()
    await asking
    await mock.close()
    assert.equal(clock.pending, before)
  })
  it('remembers what it was asked, and over what', async () => {
    await using mock = await MockDns.start({ 'a.test': { A: ['192.0.2.1'] } })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    await resolver.query('A.Test', 'AAAA')
    await resolver.query('b.test', 'TYPE65280', { tcp: true })
    assert.deepEqual(
      mock.queries.map(({ name, type, transport }) => `${name} ${type} ${transport}`),
      ['a.test. AAAA udp', 'b.test. TYPE65280 tcp'],
    )
  })
  it('goes wrong as often as it is told to, for what it is told to', async () => {
    await using mock = await MockDns.start({ 'a.test': { A: ['192.0.2.1'] } })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    mock.fail({ name: 'a.test', type: 'A', rcode: 'SERVFAIL' })
    const codes = []
    for (const type of ['AAAA', 'A', 'A']) codes.push(rcodeName((await resolver.query('a.test', type)).message.rcode))
    assert.deepEqual(codes, ['NOERROR', 'SERVFAIL', 'NOERROR'])
    mock.fail({ truncate: true, transport: 'udp' }, Infinity)
    assert.equal((await resolver.query('a.test')).transport, 'tcp')
    mock.recover()
    assert.equal((await resolver.query('a.test')).transport, 'udp')
  })
  it('answers late by its clock', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    await using mock = await MockDns.start({ 'a.test': { A: ['192.0.2.1'] } }, { network, clock })
    mock.fail({ delayMs: 700 })
    const resolver = new Resolver({ servers: [mock.address], network, clock })
    const asking = resolver.query('a.test')
    await until('it was asked', () => mock.queries.length === 1)
    await clock.advance(700)
    assert.equal((await asking).elapsedMs, 700)
  })
  it('answers what a function says: a message, bytes, nothing, or what it would say itself', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    await using mock = await MockDns.start(
      { 'a.test': { A: ['192.0.2.1'] } },
      {
        network,
        clock,
        answer: async ({ name, bytes }, usual) => {
          if (name === 'none.test.') return null
          if (name === 'bytes.test.')
            return Uint8Array.of(
              bytes[0]!,
              bytes[1]!,
              0x81,
              6,
              ...bytes.subarray(4, 6),
              0,
              0,
              0,
              0,
              0,
              0,
              ...bytes.subarray(12, -11),
            )
          return name === 'refused.test.' ? { ...usual, rcode: 5 } : undefined
        },
      },
    )
    const resolver = new Resolver({ servers: [mock.address], network, clock, timeoutMs: 500, rounds: 1 })
    const codes = []
    for (const name of ['a.test', 'refused.test', 'bytes.test']) {
      codes.push(rcodeName((await resolver.query(name)).message.rcode))
    }
    assert.deepEqual(codes, ['NOERROR', 'REFUSED', 'YXDOMAIN'])
    const asking = assert.rejects(resolver.query('none.test'), (error) => isLaneworkError(error, 'NO_ANSWER'))
    await until('it was asked', () => mock.queries.some(({ name }) => name === 'none.test.'))
    await clock.advance(500)
    await asking
  })
  it('refuses data that is none', async () => {
    await assert.rejects(MockDns.start({ 'a.test': { A: ['x'] } }), (error) => isLaneworkError(error, 'ZONE_INVALID'))
    await assert.rejects(MockDns.start({}, { ttl: -1 }), (error) => isLaneworkError(error, 'OPTION_INVALID'))
  })
})
