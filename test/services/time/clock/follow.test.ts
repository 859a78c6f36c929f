/** Services that take their time from servers upstream. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { connect, nativeStatus, udp } from '#lanework/io/index.js'
import { makerUrl, serve } from '#lanework/server/index.js'
import {
  daytimeService,
  decodeRfc868,
  rfc868Service,
  timeService,
  type NtpPacket,
  type TimeOptions,
} from '#lanework/services/time/index.js'
import { start } from '../../../support/command.js'
import { goodAnswer, pretendNtp } from '../../../support/pretended-ntp.js'
import { until } from '../../../support/until.js'

const module = new URL(import.meta.resolve('#lanework/services/time/index.js'))
const hours = 30

/** A server whose clock is ahead. */
function ahead(request: NtpPacket): NtpPacket[] {
  const answer = goodAnswer(request)
  const by = BigInt(hours * 3_600) << 32n
  return [{ ...answer, receive: answer.receive + by, transmit: answer.transmit + by, reference: 0n }]
}

async function ask(address: string, request: string): Promise<string> {
  const socket = udp()
  try {
    await socket.sendTo(request, address)
    return String((await socket.recvFrom(512, { timeoutMs: 10_000 })).message)
  } finally {
    await socket.close()
  }
}

/** How far a server's seconds since 1970 are ahead of this machine's, in hours. */
function hoursAhead(seconds: number): number {
  return Math.round((seconds - Date.now() / 1_000) / 3_600) + 0
}

describe('the format service with upstream', () => {
  for (const laneKind of ['inline', 'thread', 'process'] as const) {
    const skip = laneKind !== 'inline' && !nativeStatus().available
    it(`tells the time of upstream, in ${laneKind} lanes`, { skip }, async () => {
      const ntp = await pretendNtp(ahead)
      const options: TimeOptions = { upstream: [ntp.server] }
      const service = laneKind === 'inline' ? timeService(options) : makerUrl(new URL('#time', module), options)
      const lanes = laneKind === 'inline' ? 1 : 2
      const server = await serve(service, { listen: 'udp://127.0.0.1:0', lanes, laneKind, spread: 'round-robin' })
      try {
        const [address = ''] = server.addresses
        let right = 0
        await until('both lanes follow', async () => {
          right = hoursAhead(Number(await ask(address, '%s'.padEnd(16, '\0')))) === hours ? right + 1 : 0
          return right === 4
        })
        assert.equal(ntp.requests.length <= 4, true, 'it is asked once for all lanes')
      } finally {
        await server.close()
        await ntp.close()
      }
    })
  }

  it('is served by `lanework serve time --upstream`', async () => {
    const ntp = await pretendNtp(ahead)
    const words = ['--listen', 'udp://127.0.0.1:0', '--upstream', ntp.server]
    const running = start(['serve', 'time', ...words, '--no-control'])
    const [address = ''] = await running.listening()
    await until('it follows', async () => hoursAhead(Number(await ask(address, '%s'.padEnd(16, '\0')))) === hours)
    running.child.kill('SIGTERM')
    assert.equal((await running.finished).code, 0)
    await ntp.close()
  })
})

describe('daytime and RFC 868 with upstream', () => {
  it('tell the time of upstream, RFC 868 nothing before it is known', async () => {
    let isSilent = true
    const ntp = await pretendNtp((request) => (isSilent ? [] : ahead(request)))
    const upstream = [ntp.server]
    const listen = 'tcp://127.0.0.1:0'
    const daytime = await serve(daytimeService({ upstream, format: '%s' }), { listen })
    const rfc868 = await serve(rfc868Service({ upstream }), { listen })
    const told = async ([address = '']: readonly string[]): Promise<Buffer> => {
      const stream = await connect(address)
      const bytes = await stream.read(64)
      await stream.close()
      return bytes ?? Buffer.alloc(0)
    }
    try {
      assert.equal(hoursAhead(Number(await told(daytime.addresses))), 0, "this machine's")
      assert.equal((await told(rfc868.addresses)).length, 0)
      isSilent = false
      await until('both follow', async () => {
        const [line, four] = [await told(daytime.addresses), await told(rfc868.addresses)]
        if (four.length === 0) return false
        const seconds = decodeRfc868(four, Date.now() / 1_000)
        return hoursAhead(Number(line)) === hours && hoursAhead(seconds) === hours
      })
    } finally {
      await daytime.close()
      await rfc868.close()
      await ntp.close()
    }
  })
})

describe('following', () => {
  it('is refused with a source, without servers, for a second server, and a drift file alone', async () => {
    const source = { nowNs: () => 0n, state: () => ({}) as never }
    const isWrong = (error: unknown): boolean => isLaneworkError(error, 'OPTION_INVALID')
    for (const make of [timeService, daytimeService, rfc868Service]) {
      assert.throws(() => make({ upstream: ['127.0.0.1:9'], source }), isWrong)
      assert.throws(() => make({ upstream: [] }), isWrong)
      assert.throws(() => make({ upstream: '127.0.0.1' as never }), isWrong)
      assert.throws(() => make({ driftFile: '/tmp/drift' }), isWrong)
      assert.throws(
        () => make({ upstream: ['tcp://127.0.0.1:9'] }),
        (error) => isLaneworkError(error, 'ADDRESS_INVALID'),
      )
    }
    const service = rfc868Service({ upstream: ['127.0.0.1:9'] })
    const server = await serve(service, { listen: 'udp://127.0.0.1:0' })
    await assert.rejects(serve(service, { listen: 'udp://127.0.0.1:0' }), (error) =>
      isLaneworkError(error, 'SERVICE_INVALID'),
    )
    await server.close()
    const again = await serve(service, { listen: 'udp://127.0.0.1:0' })
    await again.close()
  })
})
