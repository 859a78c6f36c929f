/** A program replaced by a new process of itself, which gets its sockets; and every way in which that can fail. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { descriptorPair, closeDescriptor, sendDescriptors, udp, type UdpSocket } from '#lanework/io/index.js'
import { serve, service, upgrade } from '#lanework/server/index.js'
import { receiveSockets, sendSockets } from '#lanework/server/upgrade/messages.js'
import type { HandedSockets } from '#lanework/server/index.js'
import { unless } from '../../support/capability.ts'
import { folder } from '../../support/folder.ts'
import { runFixture, type Fixture } from '../../support/fixture.ts'
import { until } from '../../support/until.ts'

let count = 0

/** The program, and a client of it. The successor writes to the same stdout, so `said` has the lines of both. */
async function program(
  plan: string,
  readyMs = 20_000,
  sockets = 1,
): Promise<{ fixture: Fixture; client: UdpSocket; to: string }> {
  const file = join(folder, `plan-${++count}`)
  writeFileSync(file, plan)
  const fixture = runFixture('upgrades', [file, String(readyMs), String(sockets)])
  const to = String(await fixture.hear('serves'))
  return { fixture, client: udp(), to }
}

async function whoAnswers(client: UdpSocket, to: string): Promise<number> {
  await client.sendTo('who', to)
  return Number.parseInt(String((await client.recvFrom(100)).message), 10)
}

function heardBy(fixture: Fixture, plan: string): Record<string, unknown> | undefined {
  return fixture.said.find((line) => line['plan'] === plan)
}

describe('an upgrade', { skip: unless('descriptors') }, () => {
  for (const plan of ['serve', 'hold']) {
    it(`hands the socket to a new process, which says when it is ready (${plan})`, async () => {
      const { fixture, client, to } = await program(plan)
      assert.equal(await whoAnswers(client, to), fixture.child.pid)
      fixture.child.stdin?.write('1\n')
      const successor = Number(await fixture.hear('upgraded'))
      const line = await until('it serves', () => heardBy(fixture, plan))
      assert.deepEqual([line['serves'], line['pid'], line['left']], [to, successor, null])
      assert.equal(await fixture.hear('released'), 1)
      if (plan === 'hold')
        assert.deepEqual([await fixture.hear('ownsBefore'), await fixture.hear('ownsAfter')], [false, true])
      await until('the old one has ended', () => fixture.child.exitCode === 0)
      assert.equal(await whoAnswers(client, to), successor)
      process.kill(successor, 'SIGKILL')
      await fixture.ended
      await client.close()
    })
  }

  it('hands over more descriptors than a message carries', async () => {
    const { fixture, client, to } = await program('serve', 20_000, 150)
    fixture.child.stdin?.write('1\n')
    const successor = Number(await fixture.hear('upgraded'))
    await until('the old one has ended', () => fixture.child.exitCode === 0)
    process.kill(successor, 'SIGKILL')
    await fixture.ended
    await client.close()
    assert.ok(to.startsWith('udp:'))
  })

  const failures: readonly (readonly [string, number, RegExp])[] = [
    ['die', 20_000, /it ended: exit code 7|it gave up: exit code 7/],
    ['hang', 300, /not ready after 300 ms/],
    ['nonsense', 20_000, /something else/],
  ]
  for (const [plan, readyMs, reason] of failures) {
    it(`that does not come about (${plan}) is UPGRADE_FAILED, and the old program goes on`, async () => {
      const { fixture, client, to } = await program(plan, readyMs)
      fixture.child.stdin?.write('1\n')
      assert.equal(await fixture.hear('failed'), 'UPGRADE_FAILED')
      assert.match(String(await fixture.hear('reason')), reason)
      assert.equal(await fixture.hear('done'), 0, 'no descriptor is left')
      assert.equal(fixture.said.find((line) => 'failed' in line)?.['released'], 0)
      assert.equal(await whoAnswers(client, to), fixture.child.pid)
      await fixture.stop()
      await client.close()
    })
  }

  it('runs one at a time', async () => {
    const { fixture, client, to } = await program('serve')
    fixture.child.stdin?.write('2\n')
    assert.equal(await fixture.hear('failed'), 'UPGRADE_FAILED')
    assert.match(String(await fixture.hear('reason')), /another upgrade/)
    const successor = Number(await fixture.hear('upgraded'))
    assert.equal(await whoAnswers(client, to), successor)
    process.kill(successor, 'SIGKILL')
    await fixture.stop()
    await client.close()
  })

  it('of inline lanes, or of a server that drains, is UPGRADE_FAILED', async () => {
    const server = await serve(service({ name: 'echo', message: (m) => m }), { listen: 'udp://127.0.0.1:0' })
    await assert.rejects(upgrade([server], { args: [] }), { code: 'UPGRADE_FAILED', message: /inside this process/ })
    await server.drain()
    await assert.rejects(upgrade([server], { args: [] }), { code: 'UPGRADE_FAILED', message: /echo is/ })
  })
})

describe('handed sockets', { skip: unless('descriptors') }, () => {
  it('arrive as they were sent, names in any script, however many', async () => {
    const [near, far] = descriptorPair()
    const sockets: HandedSockets[] = [1, 64, 65, 200].map((length, index) => ({
      service: `größe-${index}`,
      asked: 'unix:./a"b\n.sock',
      address: 'unix:/tmp/a.sock',
      spread: 'shared',
      kind: 'stream',
      descriptors: Array.from({ length }, () => near),
    }))
    const [received] = await Promise.all([receiveSockets(far), sendSockets(near, sockets)])
    const described = received.map(({ descriptors, ...rest }) => ({
      ...rest,
      descriptors: descriptors.map(() => near),
    }))
    assert.deepEqual(described, sockets)
    const all = received.flatMap(({ descriptors }) => descriptors)
    assert.equal(new Set(all).size, 330)
    for (const descriptor of [...all, near, far]) closeDescriptor(descriptor)
  })

  it('that are announced wrongly, or cut off, are UPGRADE_FAILED', async () => {
    const good = '"service":"s","asked":"udp://a:1","address":"udp://127.0.0.1:1","spread":"source"'
    const wrong = [
      'x\n',
      '[]\n',
      '1\n',
      `{${good},"kind":"pipe","descriptors":1}\n`,
      `{${good},"kind":"stream","descriptors":0}\n`,
      `{${good},"kind":"stream","descriptors":1}\n{"end":true}\n`,
      `${' '.repeat(70_000)}`,
    ]
    for (const text of wrong) {
      const [near, far] = descriptorPair()
      const receiving = assert.rejects(receiveSockets(far), { code: 'UPGRADE_FAILED' }, text.slice(0, 60))
      await sendDescriptors(near, Buffer.from(text), [])
      await receiving
      closeDescriptor(near)
      closeDescriptor(far)
    }
    const [near, far] = descriptorPair()
    closeDescriptor(near)
    await assert.rejects(receiveSockets(far), { code: 'UPGRADE_FAILED', message: /before it had sent/ })
    closeDescriptor(far)
  })
})
