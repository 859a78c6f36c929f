/** What the answer to a request says, field by field. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { modes, referenceIdOf, timeOfTimestamp, timestampOf, type NtpPacket } from '#lanework/services/time/index.js'
import { Answers } from '#lanework/services/time/ntp/answer.js'
import { Exchanges } from '#lanework/services/time/ntp/exchanges.js'
import { ServingClock } from '#lanework/services/time/ntp/serving-clock.js'
import { Clocks, momentOf, noonNs, packetOf, request, second, synchronised } from '../../../support/ntp.ts'

const ms = 1_000_000n

function answering(changes: Partial<Clocks> = {}) {
  const clocks = Object.assign(new Clocks(), changes)
  const answers = new Answers(new ServingClock(clocks, clocks.read), new Exchanges(64))
  return {
    clocks,
    answers,
    /** Asks at the current time; the packet came `waitedNs` ago. */
    ask(of: Partial<NtpPacket> = {}, waitedNs = 0n): NtpPacket {
      return packetOf(answers.to(request(of), momentOf(clocks.systemNs - waitedNs)))
    },
  }
}

describe('an answer', () => {
  it('copies version, poll and the transmit timestamp bit for bit, and says the rest of the source', () => {
    const { ask } = answering()
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: -128, max: 127 }),
        (transmit, version, poll) => {
          const answer = ask({ transmit, version, poll })
          assert.equal(answer.origin, transmit)
          assert.deepEqual([answer.version, answer.poll, answer.mode], [version, poll, modes.server])
        },
      ),
    )
    const answer = ask()
    assert.deepEqual(
      [answer.leap, answer.stratum, answer.referenceId, answer.precision],
      [0, 2, synchronised.refId, synchronised.precision],
    )
    assert.equal(answer.reference, timestampOf(synchronised.refTimeNs))
    assert.ok(answer.rootDelay >= 0.012 && answer.rootDelay < 0.012 + 2 ** -16)
    assert.ok(answer.rootDispersion >= 0.0034 && answer.rootDispersion < 0.0034 + 2 ** -16)
  })

  it('has the time of arrival as receive and that of answering as transmit timestamp, by the source', () => {
    const { ask } = answering({ aheadNs: 3_600n * second + 250n * ms })
    const { receive, transmit } = ask({}, 7_000n)
    const saidNs = noonNs + 3_600n * second + 250n * ms
    assert.equal(timeOfTimestamp(receive, noonNs), saidNs - 7_000n)
    assert.equal(timeOfTimestamp(transmit, noonNs), saidNs)
  })

  it('is right to the nanosecond whatever the correction, and across the end of the era', () => {
    const era1Ns = (2n ** 32n - 2_208_988_800n) * second
    const time = fc.bigInt({ min: era1Ns - 10n * second, max: era1Ns + 10n * second })
    fc.assert(
      fc.property(time, fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (systemNs, aheadNs) => {
        const { receive, transmit } = answering({ systemNs, aheadNs }).ask({}, 1n)
        assert.equal(timeOfTimestamp(transmit, systemNs + aheadNs), systemNs + aheadNs)
        assert.equal(timeOfTimestamp(receive, systemNs + aheadNs), systemNs + aheadNs - 1n)
      }),
    )
  })

  it('of a source that is not synchronised says so: leap 3, stratum 0 for 16, INIT', () => {
    const says = { ...synchronised, leap: 3, stratum: 16, refTimeNs: 0n } as const
    const answer = answering({ says }).ask()
    assert.deepEqual([answer.leap, answer.stratum, answer.reference], [3, 0, 0n])
    assert.equal(answer.referenceId, referenceIdOf('INIT'))
    for (const stratum of [0, 16, 17, 255]) {
      assert.equal(answering({ says: { ...synchronised, stratum } }).ask().leap, 3, `stratum ${stratum}`)
    }
  })

  it('announces a leap second, and what else the source says anew, within a millisecond', () => {
    const { clocks, ask } = answering()
    clocks.says = { ...synchronised, leap: 1, stratum: 3 }
    clocks.systemNs += ms
    const answer = ask()
    assert.deepEqual([answer.leap, answer.stratum], [1, 3])
    clocks.says = { ...synchronised, leap: 3, stratum: 16 }
    clocks.systemNs += ms
    assert.deepEqual([ask().leap, ask().stratum], [3, 0])
  })

  it('looks at the source once in a millisecond, also while packets wait for long', () => {
    const { clocks, ask } = answering()
    const looks = clocks.looks
    for (let packet = 0; packet < 1_000; packet++) {
      clocks.systemNs += 1_000n
      ask({}, 50n * ms)
    }
    assert.ok(clocks.looks - looks <= 1, `${clocks.looks - looks} looks`)
  })

  it('reads the clock once for a few packets that came before, and again for each that came later', () => {
    const { clocks, answers } = answering({ stepNs: 1n })
    const cameNs = clocks.systemNs
    const askEight = (): bigint[] => {
      return Array.from({ length: 8 }, () => packetOf(answers.to(request(), momentOf(cameNs))).transmit)
    }
    const [first, second] = [askEight(), askEight()]
    assert.equal(new Set(first).size, 1)
    assert.equal(new Set(second).size, 1)
    assert.ok((second[0] as bigint) > (first[0] as bigint))
    const later = packetOf(answers.to(request(), momentOf(clocks.systemNs)))
    assert.ok(later.transmit > (second[0] as bigint))
    answers.sent()
    assert.ok(
      packetOf(answers.to(request(), momentOf(cameNs))).transmit > later.transmit,
      'what has left shares nothing',
    )
  })

  it('says now for a packet that came before the clock was set back, or before it jumped', () => {
    const { clocks, ask } = answering()
    clocks.systemNs -= 3_600n * second
    const back = ask({}, -3_600n * second)
    assert.equal(back.receive, back.transmit)
    assert.equal(timeOfTimestamp(back.transmit, noonNs), noonNs - 3_600n * second)
    clocks.systemNs += 2n * ms
    clocks.aheadNs += 5n * second
    const jumped = ask({}, ms)
    assert.equal(jumped.receive, jumped.transmit)
  })

  it('without a time of arrival has the time of answering twice', () => {
    const { answers } = answering()
    const { receive, transmit } = packetOf(answers.to(request(), undefined))
    assert.equal(receive, transmit)
    assert.equal(receive, timestampOf(noonNs))
  })
})

describe('a kiss-o’-death', () => {
  it('has stratum 0, leap 3 and its code, asks for a longer poll, and tells no time but the request’s', () => {
    const { answers } = answering()
    const transmit = 0xfedcba9876543210n
    const kiss = packetOf(answers.kiss(request({ transmit, version: 3, poll: 4 }), 'RATE', 6))
    assert.deepEqual([kiss.leap, kiss.stratum, kiss.version, kiss.mode, kiss.poll], [3, 0, 3, modes.server, 6])
    assert.equal(kiss.referenceId, referenceIdOf('RATE'))
    assert.deepEqual([kiss.origin, kiss.receive, kiss.transmit, kiss.reference], [transmit, transmit, transmit, 0n])
    assert.equal(packetOf(answers.kiss(request({ poll: 10 }), 'DENY', 0)).poll, 10)
    assert.equal(packetOf(answers.kiss(request({ poll: -3 }), 'DENY', 0)).poll, 0)
  })
})

describe('interleaved mode (RFC 9769)', () => {
  /** Asks as a client of RFC 9769 does that got `last`; the answer leaves 30 us later. */
  function exchange(
    server: ReturnType<typeof answering>,
    last: NtpPacket,
    ours: { receive: bigint; transmit: bigint },
  ) {
    server.clocks.systemNs += 64n * second
    const answer = server.ask({ origin: last.receive, receive: ours.receive, transmit: ours.transmit })
    server.clocks.systemNs += 30_000n
    const leftNs = server.clocks.nowNs()
    server.answers.sent()
    return { answer, leftNs }
  }

  it('gives the time at which the previous answer left, and the receive timestamp as origin', () => {
    const server = answering({ aheadNs: 500n * ms })
    const first = exchange(server, packetOf(request()), { receive: 0n, transmit: 11n })
    assert.equal(first.answer.origin, 11n, 'the request named no answer')
    const second = exchange(server, first.answer, { receive: 21n, transmit: 22n })
    assert.equal(second.answer.origin, 22n, 'of who has not named one yet nothing is remembered')
    assert.equal(server.answers.wasInterleaved, false)
    const third = exchange(server, second.answer, { receive: 31n, transmit: 32n })
    assert.equal(server.answers.wasInterleaved, true)
    assert.equal(third.answer.origin, 31n)
    assert.equal(third.answer.transmit, timestampOf(second.leftNs))
    assert.equal(third.answer.receive, timestampOf(server.clocks.nowNs() - 30_000n))
    const fourth = exchange(server, third.answer, { receive: 41n, transmit: 42n })
    assert.equal(fourth.answer.transmit, timestampOf(third.leftNs))
  })

  it('answers in basic mode whoever names an answer that is not known', () => {
    const server = answering()
    const answer = server.ask({ origin: timestampOf(noonNs - 5n * second), receive: 1n, transmit: 2n })
    assert.equal(answer.origin, 2n)
    assert.equal(server.answers.wasInterleaved, false)
  })

  it('answers in basic mode a client that could not tell the two apart', () => {
    const server = answering()
    const first = exchange(server, packetOf(request()), { receive: 0n, transmit: 1n })
    const named = exchange(server, { ...first.answer }, { receive: 4n, transmit: 5n })
    const next = exchange(server, named.answer, { receive: 5n, transmit: 5n })
    assert.equal(server.answers.wasInterleaved, false)
    assert.equal(next.answer.transmit, timestampOf(server.clocks.nowNs() - 30_000n))
  })

  it('forgets all when the clock jumps', () => {
    const server = answering()
    const first = exchange(server, packetOf(request()), { receive: 0n, transmit: 1n })
    const named = exchange(server, first.answer, { receive: 2n, transmit: 3n })
    server.clocks.aheadNs += second
    const after = exchange(server, named.answer, { receive: 5n, transmit: 6n })
    assert.equal(server.answers.wasInterleaved, false)
    assert.equal(after.answer.origin, 6n)
  })
})
