/** NTP packets: every field in its place, timestamps bit for bit, eras, and what may stand behind the header. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodePacket,
  encodePacket,
  referenceIdOf,
  timeOfTimestamp,
  timestampDifferenceNs,
  timestampOf,
  trailerOf,
  type NtpPacket,
} from '#lanework/services/time/index.js'
import { hasSoundTrailer, shortFormat } from '#lanework/services/time/ntp/wire.js'

const bits64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const bits32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const octet = fc.integer({ min: -128, max: 127 })
const short = bits32.map((word) => word / 65_536)

const fields = {
  leap: fc.constantFrom(0, 1, 2, 3),
  version: fc.integer({ min: 0, max: 7 }),
  mode: fc.integer({ min: 0, max: 7 }),
  stratum: fc.integer({ min: 0, max: 255 }),
  poll: octet,
  precision: octet,
  rootDelay: short,
  rootDispersion: short,
  referenceId: bits32,
  reference: bits64,
  origin: bits64,
  receive: bits64,
  transmit: bits64,
} as const
const anyPacket: fc.Arbitrary<NtpPacket> = fc.record(fields, { noNullPrototype: true })

/** 2036-02-07T06:28:16Z, when the seconds since 1900 need a 33rd bit. */
const era1Ns = (2n ** 32n - 2_208_988_800n) * 1_000_000_000n
const year = 31_557_600_000_000_000n
const now = 1_795_000_000_000_000_000n

describe('an NTP packet', () => {
  it('is read as RFC 5905 figure 8 draws it', () => {
    const bytes = Buffer.from(
      '240302e9' +
        '00000a3d' +
        '00001b22' +
        '47505300' + // GPS
        'e5a1b2c380000000' +
        'e5a1b2c4deadbeef' +
        'e5a1b2c500000001' +
        'e5a1b2c5ffffffff',
      'hex',
    )
    assert.deepEqual(decodePacket(bytes), {
      leap: 0,
      version: 4,
      mode: 4,
      stratum: 3,
      poll: 2,
      precision: -23,
      rootDelay: 0x0a3d / 65_536,
      rootDispersion: 0x1b22 / 65_536,
      referenceId: referenceIdOf('GPS'),
      reference: 0xe5a1b2c380000000n,
      origin: 0xe5a1b2c4deadbeefn,
      receive: 0xe5a1b2c500000001n,
      transmit: 0xe5a1b2c5ffffffffn,
    })
  })

  it('comes back from its bytes as it was, all 64 bits of each timestamp', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const bytes = encodePacket(packet)
        assert.equal(bytes.length, 48)
        assert.deepEqual(decodePacket(bytes), packet)
        assert.deepEqual(encodePacket(decodePacket(bytes) as NtpPacket), bytes)
      }),
    )
  })

  it('is none with less than 48 bytes, and what follows them changes nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const packet = decodePacket(bytes)
        if (bytes.length < 48) assert.equal(packet, undefined)
        else assert.deepEqual(packet, decodePacket(bytes.slice(0, 48)))
      }),
    )
  })

  it('never says less of an error than there is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65_535, noNaN: true }), (seconds) => {
        const coded = shortFormat(seconds) / 65_536
        assert.ok(coded >= seconds && coded - seconds <= 1 / 65_536)
      }),
    )
    assert.deepEqual([-1, NaN, 1e9, Infinity].map(shortFormat), [0, 0, 0xffff_ffff, 0xffff_ffff])
  })
})

describe('an NTP timestamp', () => {
  it('is known for moments of both eras', () => {
    const known: readonly (readonly [string, bigint])[] = [
      ['1970-01-01T00:00:00Z', 2_208_988_800n << 32n], // RFC 868, and RFC 5905 figure 4
      ['1999-12-31T00:00:00Z', 3_155_587_200n << 32n],
      ['2036-02-07T06:28:15Z', 4_294_967_295n << 32n],
      ['2036-02-07T06:28:16Z', 0n],
      ['2036-02-08T00:00:00Z', 63_104n << 32n],
    ]
    for (const [text, timestamp] of known) {
      const ns = BigInt(Date.parse(text)) * 1_000_000n
      assert.equal(timestampOf(ns), timestamp, text)
      assert.equal(timeOfTimestamp(timestamp, ns + 10n * year), ns, text)
    }
    assert.equal(timestampOf(500_000_000n), (2_208_988_800n << 32n) + 2n ** 31n)
  })

  it('means the moment that is closest to the local clock, within 68 years either way, to the nanosecond', () => {
    const off = fc.bigInt({ min: -68n * year, max: 68n * year })
    const pivots = fc.bigInt({ min: era1Ns - 60n * year, max: era1Ns + 300n * year })
    fc.assert(
      fc.property(pivots, off, (pivot, away) => {
        assert.equal(timeOfTimestamp(timestampOf(pivot + away), pivot), pivot + away)
      }),
    )
  })

  it('differs from another by the right amount, also across the end of an era', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -60n * year, max: 60n * year }), (apart) => {
        for (const from of [now, era1Ns - 1n, era1Ns]) {
          const got = timestampDifferenceNs(timestampOf(from + apart), timestampOf(from))
          assert.ok(got - apart >= -1n && got - apart <= 1n, `${got} instead of ${apart}`)
        }
      }),
    )
  })
})

describe('what follows the header', () => {
  const packet = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([Buffer.alloc(48), ...parts])
  const extension = (type: number, bytes: number): Buffer => {
    const field = Buffer.alloc(bytes, 0xee)
    field.writeUInt16BE(type, 0)
    field.writeUInt16BE(bytes, 2)
    return field
  }
  const mac = (digestBytes: number): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.alloc(digestBytes, 1)])

  it('is extension fields and a MAC, by the lengths of RFC 7822', () => {
    const trailer = trailerOf(packet(extension(0x104, 36), extension(0x204, 28), mac(16)), 4)
    assert.deepEqual(
      trailer?.extensions.map(({ type, body }) => [type, body.length]),
      [
        [0x104, 32],
        [0x204, 24],
      ],
    )
    assert.equal(trailer?.mac?.keyId, 7)
    assert.deepEqual(Buffer.from(trailer?.mac?.digest ?? []), Buffer.alloc(16, 1))
  })

  it('may be nothing, a crypto-NAK, MD5 or SHA-1, and of version 3 no extension', () => {
    for (const [digestBytes, versions] of [
      [0, [4]],
      [16, [3, 4]],
      [20, [3, 4]],
      [8, [3]],
    ] as const) {
      for (const version of [3, 4]) {
        const expected = (versions as readonly number[]).includes(version)
        assert.equal(trailerOf(packet(mac(digestBytes)), version) !== undefined, expected, `${digestBytes}, ${version}`)
      }
    }
    assert.deepEqual(trailerOf(packet(), 4), { extensions: [], mac: undefined })
    assert.equal(trailerOf(packet(extension(1, 28)), 3), undefined)
  })

  it('is unsound with lengths that lead nowhere', () => {
    const cut = extension(1, 32)
    cut.writeUInt16BE(36, 2)
    const odd = extension(1, 32)
    odd.writeUInt16BE(30, 2)
    const zero = extension(1, 32)
    zero.writeUInt16BE(0, 2)
    for (const part of [cut, odd, zero, Buffer.alloc(1), Buffer.alloc(12)]) {
      assert.equal(trailerOf(packet(part), 4), undefined)
    }
  })

  it('never leads past the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (rest, version) => {
        const bytes = packet(rest)
        const trailer = trailerOf(bytes, version)
        assert.equal(hasSoundTrailer(bytes, version), trailer !== undefined)
        if (trailer === undefined) return
        const fields = trailer.extensions.reduce((sum, { body }) => sum + body.length + 4, 0)
        assert.equal(fields + (trailer.mac === undefined ? 0 : trailer.mac.digest.length + 4), rest.length)
      }),
      { numRuns: 1_000 },
    )
  })
})
