/** The NTP service in lanes of every kind: its options reach them, its counters come back, and one clock is for all. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { realTimeNs } from '#lanework/io/index.js'
import { loadService, serve, type ServeOptions, type Server } from '#lanework/server/index.js'
import {
  localSource,
  ntpService,
  timeOfTimestamp,
  type NtpCounter,
  type NtpOptions,
  type NtpPacket,
} from '#lanework/services/time/index.js'
import { runFixture } from '../../../support/fixture.ts'
import { addressOf, clientOf, places } from '../../../support/matrix.ts'
import { packetOf, request, second } from '../../../support/ntp.ts'
import { ntpUrl } from '../../../support/ntp-url.ts'
import { until } from '../../../support/until.ts'

const timeout = 60_000
const listen = 'udp://127.0.0.1:0'

async function ask(server: Server, packet = request()): Promise<NtpPacket> {
  const client = await clientOf(addressOf(server))
  try {
    await client.send(packet)
    return packetOf(await client.receive())
  } finally {
    await client.close()
  }
}

for (const { kind, lanes, skip } of Object.values(places)) {
  const served = (options: NtpOptions): Promise<Server> => {
    const spread: Partial<ServeOptions> =
      kind === 'inline' ? {} : { spread: 'round-robin', supervision: { standby: 0 } }
    return serve(ntpUrl(options), { listen, laneKind: kind, lanes, ...spread })
  }

  describe(`the NTP service in ${kind} lanes`, { skip }, () => {
    it('has the options of its URL, and counts for all lanes together', { timeout }, async () => {
      await using server = await served({ localStratum: 7, deny: ['192.0.2.0/24'], denied: 'kiss' })
      const rounds = 6
      for (let round = 1; round <= rounds; round++) {
        const beforeNs = realTimeNs()
        const { stratum, leap, receive, transmit } = await ask(server)
        assert.deepEqual([stratum, leap], [7, 0])
        const [receivedNs, sentNs] = [timeOfTimestamp(receive, beforeNs), timeOfTimestamp(transmit, beforeNs)]
        assert.ok(sentNs >= receivedNs, 'it came before it was answered')
        // Without the addon each process guesses the clock to a millisecond.
        const slackNs = 2_000_000n
        assert.ok(receivedNs > beforeNs - slackNs && sentNs < realTimeNs() + slackNs)
      }
      await until('all are counted', () => server.status().counters['answers'] === rounds)
    })

    it('is for UDP alone', { timeout }, async () => {
      const options = { listen: [listen, 'tcp://127.0.0.1:0'], laneKind: kind, lanes }
      await assert.rejects(serve(ntpUrl({}), options), { code: 'OPTION_INVALID', message: /addresses of udp/ })
    })

    it('takes its time from a server upstream, in one clock for all lanes', { timeout }, async () => {
      const ahead = localSource({ stratum: 3 })
      const source = { nowNs: () => ahead.nowNs() + 5n * second, state: () => ahead.state() }
      await using upstream = await serve(ntpService({ source }), { listen })
      await using server = await served({ upstream: [addressOf(upstream)] })
      const answer = await until('it is synchronised', async () => {
        const got = await ask(server)
        return got.leap === 0 && got
      })
      assert.equal(answer.stratum, 4)
      assert.equal(answer.referenceId, 0x7f000001, '127.0.0.1')
      assert.ok(answer.rootDelay > 0 && answer.rootDispersion > 0)
      assert.ok(answer.reference !== 0n)
      for (let round = 0; round < 4; round++) {
        const { transmit } = await ask(server)
        const aheadNs = timeOfTimestamp(transmit, realTimeNs()) - realTimeNs()
        assert.ok(aheadNs > (49n * second) / 10n && aheadNs < (51n * second) / 10n, `${aheadNs} ns ahead`)
      }
    })
  })
}

/** A network of its own, whose only machine has an address besides loopback, which is exempt from rates. */
const alone = ['unshare', '-rn', 'sh', '-c', 'ip link set lo up && ip addr add 192.0.2.1/32 dev lo && exec "$@"', 'sh']
const [unshare = '', ...words] = alone
const unlessAlone = spawnSync(unshare, [...words, 'true']).status === 0 ? false : 'unshare -rn is not possible here'

describe('the rate of the NTP service over lanes', { skip: places.process.skip || unlessAlone }, () => {
  for (const kind of ['process', 'thread'] as const) {
    it(
      `${kind}: is that of the source's address, whatever its port and whichever lane it meets`,
      { timeout },
      async () => {
        const fixture = runFixture('ntp-rate', [kind, '60'], {}, alone)
        const result = (await fixture.hear('result')) as {
          answers: number
          kisses: number
          counters: Partial<Record<NtpCounter, number>>
          handled: number[]
        }
        assert.equal(await fixture.ended, 0)
        const { answers, kisses, counters, handled } = result
        const { leakedAnswers = 0, kissRate = 0 } = counters
        assert.equal(answers - leakedAnswers, 5, 'the burst, once for both lanes')
        assert.deepEqual([kisses, answers + kisses], [kissRate, 60])
        assert.ok(
          handled.every((messages) => messages > 0),
          `both lanes were asked: ${handled.join(', ')}`,
        )
      },
    )
  }
})

describe('the module of the NTP service', () => {
  it('is unsynchronised without options, and refuses wrong ones', { timeout }, async () => {
    const url = new URL(ntpUrl({}))
    url.searchParams.delete('options')
    await using server = await serve(url, { listen })
    assert.deepEqual([(await ask(server)).leap, (await ask(server)).stratum], [3, 0])
    for (const options of [{ localStratum: 99 }, { lokalStratum: 1 }, { upstream: [] }, { driftFile: 'x' }]) {
      await assert.rejects(loadService(ntpUrl(options as NtpOptions)), { code: 'OPTION_INVALID' })
    }
    const broken = new URL(ntpUrl({}))
    broken.searchParams.set('options', '{')
    await assert.rejects(loadService(broken), { code: 'SERVICE_INVALID' })
  })

  it('says its local stratum while nobody upstream can be believed', { timeout }, async () => {
    await using unsynchronised = await serve(ntpService(), { listen })
    await using server = await serve(ntpUrl({ upstream: [addressOf(unsynchronised)], localStratum: 12 }), { listen })
    const { stratum, leap } = await ask(server)
    assert.deepEqual([stratum, leap], [12, 0])
  })
})
