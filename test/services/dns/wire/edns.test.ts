/** EDNS options: typed values to bytes and back, unknown ones kept. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { ednsCode, ednsOptionOf, type EdnsValue, ednsValue } from '#lanework/services/dns/index.js'

const values: readonly EdnsValue[] = [
  { option: 'NSID', id: Buffer.from('ns1') },
  { option: 'ECS', address: '192.0.2.0', source: 24, scope: 0 },
  { option: 'ECS', address: '0.0.0.0', source: 0, scope: 0 },
  { option: 'ECS', address: '2001:db8:8000::', source: 33, scope: 48 },
  { option: 'COOKIE', client: new Uint8Array(8).fill(1) },
  { option: 'COOKIE', client: new Uint8Array(8).fill(1), server: new Uint8Array(16).fill(2) },
  { option: 'KEEPALIVE' },
  { option: 'KEEPALIVE', idleMs: 12_000 },
  { option: 'PADDING', sizeBytes: 13 },
  { option: 'EDE', code: 15, text: 'blöcked' },
  { option: 'EXPIRE' },
  { option: 'EXPIRE', seconds: 604_800 },
  { option: 'OTHER', code: 65_001, data: Uint8Array.of(1, 2) },
]

describe('EDNS options', () => {
  for (const value of values) {
    it(`${value.option} ${Object.keys(value).length} comes back from its bytes`, () => {
      assert.deepEqual(ednsValue(ednsOptionOf(value)), value)
    })
  }
  it('have the bytes of RFC 7871 6 and RFC 7873 4', () => {
    const { data } = ednsOptionOf({ option: 'ECS', address: '192.0.2.0', source: 24, scope: 0 })
    assert.deepEqual([...data], [0, 1, 24, 0, 192, 0, 2])
  })
  it('of any bytes come back, or are refused with a typed error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(ednsCode), 999), fc.uint8Array({ maxLength: 50 }), (code, data) => {
        try {
          assert.deepEqual(ednsOptionOf(ednsValue({ code, data })), { code, data })
        } catch (error) {
          assert.ok(isLaneworkError(error, 'DNS_DATA_INVALID'), String(error))
        }
      }),
      { numRuns: 3000 },
    )
  })
  it('are refused where lengths and values do not fit', () => {
    const refused = (code: number, data: readonly number[]) =>
      assert.throws(() => ednsValue({ code, data: Uint8Array.from(data) }), { code: 'DNS_DATA_INVALID' })
    refused(ednsCode.ECS, [0, 1, 24, 0, 192, 0])
    refused(ednsCode.ECS, [0, 1, 23, 0, 192, 0, 3])
    refused(ednsCode.ECS, [0, 3, 0, 0])
    refused(ednsCode.ECS, [0, 1])
    refused(ednsCode.COOKIE, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    refused(ednsCode.EDE, [1])
    refused(ednsCode.EDE, [0, 1, 0xff])
    refused(ednsCode.KEEPALIVE, [1])
    refused(ednsCode.EXPIRE, [1, 2])
    assert.throws(() => ednsOptionOf({ option: 'KEEPALIVE', idleMs: 150 }), { code: 'DNS_DATA_INVALID' })
    assert.throws(() => ednsOptionOf({ option: 'PADDING', sizeBytes: 70_000 }), { code: 'DNS_DATA_INVALID' })
    assert.throws(() => ednsOptionOf({ option: 'ECS', address: 'x', source: 0, scope: 0 }), {
      code: 'DNS_DATA_INVALID',
    })
  })
})
