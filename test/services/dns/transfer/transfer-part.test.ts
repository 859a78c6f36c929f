/** What a lane decides about updates before the owner hears of them, without sockets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LaneInfo } from '#lanework/server/index.js'
import { decodeMessage, dnsType, encodeMessage, opcode, parseName, rcodeName } from '#lanework/services/dns/index.js'
import type { Asked } from '#lanework/services/dns/answer/asked.js'
import type { QuerySource } from '#lanework/services/dns/service/parts.js'
import { transferPolicy, type TransferOptions } from '#lanework/services/dns/transfer/options.js'
import { transferPart } from '#lanework/services/dns/transfer/transfer-part.js'
import { signRequest } from '#lanework/services/dns/transfer/tsig.js'
import type { Zone } from '#lanework/services/dns/zone/zone.js'
import { emptyMessage } from '../../../support/dns-messages.js'
import { zoneOf } from '../../../support/dns-transfer.js'
import { secret } from '../../../support/dns-transfer-peers.js'
import { ManualClock } from '../../../support/manual-clock.js'

const updateOf = (zone: string): Uint8Array =>
  encodeMessage({
    ...emptyMessage,
    opcode: opcode.UPDATE,
    questions: [{ name: parseName(zone), type: dnsType.SOA, class: 1 }],
  })

/** A lane whose owner takes all that it gets; gives what the lane says: a response code, or 'owner'. */
function laneOf(options: TransferOptions, zones: readonly Zone[]) {
  const clock = new ManualClock()
  const policy = transferPolicy(options)
  const shared = { call: () => Promise.resolve(encodeMessage(emptyMessage)) }
  const part = transferPart(policy, { clock, shared } as unknown as LaneInfo, () => zones)
  const take = (query: Uint8Array, transport: 'udp' | 'tcp', host: string): string => {
    const from = { transport, host, reply: () => true } as unknown as QuerySource
    const answer = part.take(query, { udpBytes: 512 } as Asked, from)
    return answer instanceof Uint8Array ? rcodeName(decodeMessage(answer).rcode) : 'owner'
  }
  return { policy, take, seconds: () => clock.wallMs() / 1000 }
}

describe('an update', () => {
  it('that is allowed by its address alone comes over TCP, or from this machine', () => {
    const zones = [{ zone: 'example.', allowUpdate: ['0.0.0.0/0', '::/0'] }]
    const keys = [{ name: 'k.', secret }]
    const { policy, take, seconds } = laneOf({ keys, zones }, [zoneOf(1)])
    const update = updateOf('example.')
    for (const host of ['192.0.2.1', '2001:db8::1', '128.0.0.1', '::2']) {
      assert.equal(take(update, 'udp', host), 'REFUSED', host)
      assert.equal(take(update, 'tcp', host), 'owner', host)
      const signed = signRequest(update, policy.keys.get('k.')!, seconds()).bytes
      assert.equal(take(signed, 'udp', host), 'owner', host)
    }
    for (const host of ['127.0.0.1', '127.1.2.3', '::1']) assert.equal(take(update, 'udp', host), 'owner', host)
  })
  it('of who may not does not look through the zones', () => {
    let looks = 0
    const zones = Array.from({ length: 500 }, (_, at) => {
      const name = parseName(`z${at}.example.`)
      return {
        get origin() {
          looks++
          return name
        },
      } as unknown as Zone
    })
    const { take } = laneOf({ zones: [] }, zones)
    for (let count = 0; count < 100; count++) {
      assert.equal(take(updateOf('Z499.Example.'), 'udp', '192.0.2.1'), 'REFUSED')
      assert.equal(take(updateOf('other.'), 'udp', '192.0.2.1'), 'NOTAUTH')
    }
    assert.ok(looks <= zones.length, `${looks} looks`)
  })
})
