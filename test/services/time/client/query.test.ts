/** One question to a server: what is believed, what is refused, what is not even looked at. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { isLaneworkError } from '#lanework/core/index.js'
import { formatAddress, udp } from '#lanework/io/index.js'
import {
  encodePacket,
  ntpAddress,
  queryNtp,
  referenceIdOf,
  refIdOf,
  timestampOf,
  type NtpPacket,
} from '#lanework/services/time/index.js'
import { answersRequest, kissCode, refuse, type ValidateOptions } from '#lanework/services/time/client/validate.js'
import { goodAnswer, pretendNtp } from '../../../support/pretended-ntp.js'

const second = 1n << 32n
const nowNs = 1_790_000_000_000_000_000n
const good: NtpPacket = {
  leap: 0,
  version: 4,
  mode: 4,
  stratum: 3,
  poll: 6,
  precision: -20,
  rootDelay: 0.02,
  rootDispersion: 0.01,
  referenceId: 0xc0000201,
  reference: timestampOf(nowNs) - 30n * second,
  origin: 7n,
  receive: timestampOf(nowNs),
  transmit: timestampOf(nowNs) + 1_000n,
}

function reasonFor(change: Partial<NtpPacket>, options: ValidateOptions = {}): string | undefined {
  return refuse({ reply: { ...good, ...change }, elapsedNs: 10_000_000n }, options)?.reason
}

describe('what a server answers', () => {
  it('is taken when all is well, also from a server that says nothing of its last correction', () => {
    assert.equal(reasonFor({}), undefined)
    assert.equal(reasonFor({ reference: 0n, version: 1, stratum: 15, leap: 2 }), undefined)
  })

  it('is refused with its reason otherwise', () => {
    const { transmit } = good
    const cases: readonly (readonly [Partial<NtpPacket>, RegExp])[] = [
      [{ leap: 3 }, /not synchronised \(leap indicator 3\)/],
      [{ stratum: 16 }, /not synchronised \(stratum 16\)/],
      [{ stratum: 255 }, /not synchronised/],
      [{ version: 0 }, /speaks version 0/],
      [{ version: 7 }, /speaks version 7/],
      [{ transmit: 0n }, /says no time/],
      [{ receive: 0n }, /says no time/],
      [{ transmit: transmit - second }, /its clock went back by 1\.000 s/],
      [{ transmit: transmit + second }, /claims to have taken longer than the whole exchange/],
      [{ reference: transmit + 10n * second }, /was corrected after it answered/],
      [{ reference: transmit - 40n * 3_600n * second }, /was last corrected 40 h ago/],
      [{ rootDelay: 7 }, /root distance 3\.510 s is beyond 3\.000 s/],
      [{ rootDispersion: 16 }, /root distance 16\.010 s/],
    ]
    for (const [change, pattern] of cases) assert.match(reasonFor(change) ?? 'nothing', pattern)
    assert.match(reasonFor({ rootDelay: 0.5 }, { maximumDistance: 0.1 }) ?? '', /beyond 100\.000 ms/)
  })

  it('is refused when it takes its time from us, but at stratum 1 the reference is a name', () => {
    const own = { ownRefIds: [0xc0000201] }
    assert.match(reasonFor({}, own) ?? '', /takes its time from this machine/)
    assert.equal(reasonFor({ stratum: 1 }, own), undefined)
  })

  it('is right across the end of an era: differences are, whatever the sign of the timestamps', () => {
    const end = (1n << 64n) - 1n
    const change = { receive: end - 10n, transmit: 5n, reference: end - second }
    assert.equal(reasonFor(change), undefined)
  })

  it('names the kiss of death, and shows no control characters', () => {
    const kiss = (text: string): { reason: string; kiss: string } | undefined =>
      refuse({ reply: { ...good, stratum: 0, referenceId: referenceIdOf(text) }, elapsedNs: 1n })
    assert.deepEqual(kiss('RATE'), { kiss: 'RATE', reason: 'it asks for less requests (RATE)' })
    assert.deepEqual(kiss('DENY'), { kiss: 'DENY', reason: 'it does not serve us (DENY)' })
    assert.deepEqual(kiss('INIT'), { kiss: 'INIT', reason: 'it is not synchronised yet (stratum 0)' })
    assert.deepEqual(kiss('XYZ'), { kiss: 'XYZ', reason: 'it sent the kiss code XYZ' })
    assert.equal(kissCode(0x1b5b3141), '1A')
    assert.match(kiss('\0\0\0\0')?.reason ?? '', /not synchronised yet/)
  })

  it('is not ours with another mode or another origin', () => {
    assert.equal(answersRequest(good, 7n), true)
    assert.equal(answersRequest(good, 8n), false)
    for (const mode of [0, 1, 2, 3, 5, 6, 7]) assert.equal(answersRequest({ ...good, mode }, 7n), false)
  })
})

describe('a question', () => {
  it('gives offset and delay of an honest server, and says nothing of our clock', async () => {
    const ntp = await pretendNtp((request) => [goodAnswer(request)])
    try {
      const sample = await queryNtp(ntp.server)
      assert.equal(sample.source, ntp.server)
      assert.equal(sample.address, `udp://${ntp.server}`)
      assert.deepEqual([sample.stratum, sample.leap, sample.refId, sample.serverRefId], [2, 0, 0x7f000001, 0xc0000201])
      assert.ok(sample.delay > 0 && sample.delay < 2)
      // The same machine's clock, in milliseconds: off by as much, and half the delay.
      const hereNs = BigInt(Date.now()) * 1_000_000n - (process.hrtime.bigint() - sample.atNs)
      assert.ok(Math.abs(Number(sample.timeNs - hereNs)) / 1e9 < 0.005 + sample.delay)
      await queryNtp(ntp.server, { version: 3 })
      const [first, other] = ntp.requests
      assert.ok(first !== undefined && other !== undefined)
      assert.deepEqual([first.version, first.mode, other.version], [4, 3, 3])
      assert.deepEqual(
        [first.reference, first.origin, first.receive, first.stratum, first.referenceId, first.rootDelay],
        [0n, 0n, 0n, 0, 0, 0],
      )
      assert.notEqual(first.transmit, other.transmit)
    } finally {
      await ntp.close()
    }
  })

  it('waits for the answer among forgeries, echoes and rubbish', async () => {
    const ntp = await pretendNtp((request) => {
      const answer = goodAnswer(request)
      return [
        Buffer.alloc(0),
        Buffer.from('hello'),
        encodePacket(request),
        { ...answer, origin: request.transmit + 1n },
        { ...answer, origin: 0n, stratum: 1 },
        { ...answer, mode: 5 },
        encodePacket(answer).subarray(0, 47),
        answer,
      ]
    })
    try {
      const { stratum, strays } = await queryNtp(ntp.server)
      assert.deepEqual([stratum, strays], [2, 7])
    } finally {
      await ntp.close()
    }
  })

  it('lives through random bytes', async () => {
    const bytes = fc.sample(fc.uint8Array({ maxLength: 200 }), { seed: 7, numRuns: 200 })
    const ntp = await pretendNtp((request) => [...bytes, goodAnswer(request)])
    try {
      assert.equal((await queryNtp(ntp.server, { timeoutMs: 20_000 })).stratum, 2)
    } finally {
      await ntp.close()
    }
  })

  it('fails with TIME_UNUSABLE for a kiss and for a server that is not synchronised', async () => {
    const answers: Partial<NtpPacket>[] = [{ stratum: 0, referenceId: referenceIdOf('RATE') }, { leap: 3 }]
    const ntp = await pretendNtp((request) => [{ ...goodAnswer(request), ...answers.shift() }])
    try {
      await assert.rejects(
        queryNtp(ntp.server),
        (error) =>
          isLaneworkError(error, 'TIME_UNUSABLE') &&
          error.detail.kiss === 'RATE' &&
          error.detail.address === `udp://${ntp.server}`,
      )
      await assert.rejects(
        queryNtp(ntp.server),
        (error) => isLaneworkError(error, 'TIME_UNUSABLE') && error.detail.kiss === '' && /leap/.test(error.message),
      )
    } finally {
      await ntp.close()
    }
  })

  it('fails with NO_ANSWER, CONNECTION_REFUSED, ABORTED and OPTION_INVALID', async () => {
    const silent = await pretendNtp(() => [])
    try {
      await assert.rejects(queryNtp(silent.server, { timeoutMs: 30 }), (error) => isLaneworkError(error, 'NO_ANSWER'))
      const signal = AbortSignal.abort()
      await assert.rejects(queryNtp(silent.server, { signal }), (error) => isLaneworkError(error, 'ABORTED'))
      await assert.rejects(queryNtp(silent.server, { version: 5 }), (error) => isLaneworkError(error, 'OPTION_INVALID'))
    } finally {
      await silent.close()
    }
    const gone = await udp().bind('udp://127.0.0.1:0')
    const address = formatAddress(gone.address)
    await gone.close()
    await assert.rejects(queryNtp(address, { timeoutMs: 5_000 }), (error) =>
      isLaneworkError(error, 'CONNECTION_REFUSED'),
    )
  })
})

describe('the address of a server', () => {
  it('has port 123 unless it is given', () => {
    const cases = [
      ['192.0.2.1', 'udp://192.0.2.1:123'],
      ['ntp.example.org', 'udp://ntp.example.org:123'],
      ['192.0.2.1:9123', 'udp://192.0.2.1:9123'],
      ['2001:db8::1', 'udp://[2001:db8::1]:123'],
      ['[2001:db8::1]', 'udp://[2001:db8::1]:123'],
      ['[2001:db8::1]:9123', 'udp://[2001:db8::1]:9123'],
      ['udp://192.0.2.1:9123', 'udp://192.0.2.1:9123'],
    ] as const
    for (const [server, address] of cases) assert.equal(formatAddress(ntpAddress(server)), address)
  })

  it('is refused when it is none, or not UDP', () => {
    for (const server of ['tcp://192.0.2.1:123', 'unix:/tmp/a', '192.0.2.1:port', '192.0.2.1:70000']) {
      assert.throws(
        () => ntpAddress(server),
        (error) => isLaneworkError(error, 'ADDRESS_INVALID'),
        server,
      )
    }
  })

  it('is a reference id: the IPv4 address, or the begin of the MD5 sum of the IPv6 address', () => {
    assert.equal(refIdOf('192.0.2.1'), 0xc0000201)
    // The begin of: printf '\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01' | md5sum
    assert.equal(refIdOf('2001:db8::1'), 0x39ab9b37)
    assert.equal(refIdOf('2001:db8::1'), refIdOf('2001:0db8:0:0::0:1'))
    assert.notEqual(refIdOf('2001:db8::1'), refIdOf('2001:db8::2'))
    assert.equal(refIdOf('::ffff:192.0.2.1'), refIdOf('::ffff:c000:201'))
  })
})
