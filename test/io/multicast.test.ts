/** Multicast and broadcast, on the loopback interface of a network of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { udp } from '#lanework/io/index.js'
import { unlessIpv6 } from '../support/capability.ts'
import { runFixture } from '../support/fixture.ts'

/** A fresh network namespace whose `lo` may multicast: nothing can leave this machine. */
const alone = [
  'unshare',
  '-n',
  'sh',
  '-c',
  'ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo && exec "$@"',
  'sh',
]
const skip =
  spawnSync(alone[0] as string, [...alone.slice(1), 'true']).status === 0
    ? false
    : 'unshare -n with ip is not possible here'

describe('one datagram', { skip }, () => {
  it('reaches every member of its group', async () => {
    const fixture = runFixture('multicast', ['udp://0.0.0.0:0', '239.1.2.3'], {}, alone)
    assert.deepEqual(await fixture.hear('received'), ['to all', 'to all'], fixture.stderr())
    assert.equal(await fixture.ended, 0)
  })

  it('reaches a broadcast address when that was allowed', async () => {
    const fixture = runFixture('multicast', ['udp://0.0.0.0:0', '127.255.255.255'], {}, alone)
    assert.deepEqual(await fixture.hear('received'), ['to all', 'to all'], fixture.stderr())
    assert.equal(await fixture.ended, 0)
  })
})

describe('joining a group', () => {
  it('of IPv6 makes the kernel a member on the interface that was named', { skip: unlessIpv6 }, async () => {
    // The loopback interface does not deliver IPv6 multicast everywhere, so this asks the kernel instead.
    const isMember = (): boolean =>
      /\blo\s+ff020000000000000000000000001234\b/.test(readFileSync('/proc/net/igmp6', 'utf8'))
    assert.equal(isMember(), false)
    const socket = await udp({ multicast: [{ group: 'ff02::1234', interfaces: ['lo'] }] }).bind('udp://[::]:0')
    assert.equal(isMember(), true)
    await socket.close()
    assert.equal(isMember(), false)
  })

  it('on an interface that does not exist is an error, not silence', async () => {
    await assert.rejects(
      udp({ multicast: [{ group: '239.1.2.3', interfaces: ['nosuch0'] }] }).bind('udp://0.0.0.0:0'),
      (error) => isLaneworkError(error, 'SYSTEM_ERROR') || isLaneworkError(error, 'OPTION_INVALID'),
    )
  })
})
