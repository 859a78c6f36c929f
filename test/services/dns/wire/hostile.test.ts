/** Messages that mean harm, or nothing: typed errors, and work bounded by the message's length. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { decodeMessage, encodeMessage, recordValue } from '#lanework/services/dns/index.js'
import { emptyMessage, hex, messages } from '../../../support/dns-messages.js'

const refused = (bytes: Uint8Array, reason: RegExp) =>
  assert.throws(
    () => decodeMessage(bytes),
    (error) => isLaneworkError(error, 'DNS_MESSAGE_INVALID') && reason.test(error.detail.reason),
  )

const asked = (name: string) => hex(`0001 0000 0001 0000 0000 0000 ${name} 0001 0001`)

describe('a name in a message is refused', () => {
  it('where it points at itself, ahead, or round in a circle', () => {
    refused(asked('c00c'), /at itself or ahead/)
    refused(asked('c00e'), /at itself or ahead/)
    refused(asked('0161 c00c'), /at itself or ahead/)
    refused(hex('0001 0000 0002 0000 0000 0000 0161 c012 0001 0001 0162 c00c 0001 0001'), /at itself or ahead/)
  })
  it('where it points into the header', () => {
    for (const offset of ['c000', 'c004', 'c00b']) refused(asked(offset), /into the header/)
  })
  it('where a label is of a kind that nobody defined, or goes on past the end', () => {
    refused(asked('4161'), /unknown kind/)
    refused(asked('8161'), /unknown kind/)
    refused(hex('0001 0000 0001 0000 0000 0000 3f61626364'), /past the end/)
    refused(hex('0001 0000 0001 0000 0000 0000 0161 0162 c0'), /past the end/)
    refused(hex('0001 0000 0001 0000 0000 0000 0161 0162 01'), /past the end/)
  })
  it('where pointers make it longer than 255 bytes', () => {
    // Each part is a label of 63 bytes that points at the part before.
    const parts = [
      ...hex('00'),
      ...Array.from({ length: 5 }, (_, at) => [
        63,
        ...Buffer.alloc(63, 0x61),
        0xc0,
        at === 0 ? 23 : 24 + (at - 1) * 66,
      ]).flat(),
    ]
    const filler = hex('00 ff00 0001 00000000')
    const head = hex('0001 0000 0000 0002 0000 0000')
    const start = head.length + filler.length + 2
    assert.equal(start, 23)
    const size = parts.length
    const last = start + 1 + 4 * 66
    const bytes = Uint8Array.of(
      ...head,
      ...filler,
      size >>> 8,
      size & 255,
      ...parts,
      0xc0 + (last >>> 8),
      last & 255,
      ...hex('0001 0001 00000000 0000'),
    )
    refused(bytes, /more than 255 bytes/)
  })
  it('where it is a long chain of pointers', () => {
    const chain = Array.from({ length: 200 }, (_, at) => (at === 0 ? [0, 0] : [0xc0, 23 + (at - 1) * 2])).flat()
    // Beyond 255 the upper bits of the offset are needed.
    for (let at = 1; at < 200; at++) {
      const target = 23 + (at - 1) * 2
      chain[at * 2] = 0xc0 + (target >>> 8)
      chain[at * 2 + 1] = target & 255
    }
    const head = hex('0001 0000 0000 0002 0000 0000  00 ff00 0001 00000000')
    const last = 23 + 199 * 2
    const bytes = Uint8Array.of(
      ...head,
      400 >>> 8,
      400 & 255,
      ...chain,
      0xc0 + (last >>> 8),
      last & 255,
      ...hex('0001 0001 00000000 0000'),
    )
    refused(bytes, /more than 127 pointers/)
  })
})

describe('a message is refused', () => {
  it('where it ends within its header', () => {
    for (let size = 0; size < 12; size++) refused(new Uint8Array(size), /bytes wanted where/)
  })
  it('where its counts lie, before anything is read', () => {
    refused(hex('0001 0000 ffff 0000 0000 0000 00 0001 0001'), /65535 entries announced/)
    refused(hex('0001 0000 0001 ffff 0000 0000 00 0001 0001'), /65535 entries announced in 0 bytes/)
    refused(hex('0001 0000 0001 0000 0000 0001 00 0001 0001'), /1 entries announced/)
  })
  it('where something follows its last record, unless that is allowed', () => {
    const bytes = hex('0001 0000 0000 0000 0000 0000 ff')
    refused(bytes, /1 bytes follow/)
    assert.deepEqual(decodeMessage(bytes, { trailing: true }), emptyMessage)
  })
  it('where a record announces more data than there is, or a name leaves its data', () => {
    refused(hex('0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0005 01020304'), /5 bytes wanted where 4/)
    refused(hex('0001 0000 0000 0001 0000 0000 00 0002 0001 00000000 0002 03616263 00'), /past its data/)
    refused(hex('0001 0000 0000 0001 0000 0000 00 000f 0001 00000000 0001 00 00000000'), /within a field/)
  })
  it('where OPT stands twice, elsewhere, under a name, or with an option that is too long', () => {
    const opt = '00 0029 04d0 00000000 0000'
    refused(hex(`0001 0000 0000 0000 0000 0002 ${opt} ${opt}`), /two OPT/)
    refused(hex(`0001 0000 0000 0001 0000 0000 ${opt}`), /outside the additionals/)
    refused(hex('0001 0000 0000 0000 0000 0001 016100 0029 04d0 00000000 0000'), /not the root/)
    refused(hex('0001 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0005 000a 0002 01'), /past its record/)
    refused(hex('0001 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0003 000a 00'), /past its record/)
  })
})

describe('of whatever bytes, a message is read or refused with a typed error', () => {
  const tryAll = (bytes: Uint8Array): void => {
    try {
      const message = decodeMessage(bytes)
      for (const one of [...message.answers, ...message.authorities, ...message.additionals]) {
        try {
          recordValue(one)
        } catch (error) {
          assert.ok(isLaneworkError(error, 'DNS_DATA_INVALID'), String(error))
        }
      }
      assert.deepEqual(decodeMessage(encodeMessage(message)), message)
    } catch (error) {
      assert.ok(isLaneworkError(error, 'DNS_MESSAGE_INVALID'), String(error))
    }
  }
  it('drawn at random', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tryAll), { numRuns: 5000 })
  })
  it('drawn at random behind a sound header', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 })
    const tail = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0, 1, 0xc0, 12, 20)), {
      maxLength: 120,
    })
    fc.assert(
      fc.property(counts, tail, (count, rest) =>
        tryAll(Uint8Array.of(0, 1, 0, 0, ...count.flatMap((one) => [0, one]), ...rest)),
      ),
      { numRuns: 10_000 },
    )
  })
  it('sound ones with a byte changed, and cut at every byte', () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.integer({ min: 0, max: 255 }), (message, place, byte) => {
        const bytes = encodeMessage(message)
        bytes[place % bytes.length] = byte
        tryAll(bytes)
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeMessage({ ...message, answers: message.answers.slice(0, 1), authorities: [] })
        for (let size = 0; size < bytes.length; size++) refused(bytes.subarray(0, size), /./)
      }),
      { numRuns: 30 },
    )
  })
})

describe('the work for the worst message', () => {
  it('grows with its length and no faster: all owners point at one name of 255 bytes, with 127 labels', () => {
    const long = [...Array.from({ length: 126 }, () => [1, 0x61]).flat(), 1, 0x61, 0]
    const owners = Array.from({ length: 5_000 }, (_, at) => {
      const offset = 12 + (at % 126) * 2
      return [0xc0 + (offset >>> 8), offset & 255, ...hex('0001 0001 00000000 0000')]
    })
    const bytes = Uint8Array.of(...hex('0001 0000 0001 1388 0000 0000'), ...long, ...hex('0001 0001'), ...owners.flat())
    const { answers } = decodeMessage(bytes)
    assert.equal(answers.length, 5_000)
    // The same pointer gives the same name: 126 are made, not 5,000.
    assert.equal(new Set(answers.map(({ name }) => name)).size, 126)
  })
})
