/** Descriptors as things to hand over: between processes, and from one server to its successor. */
import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  closeDescriptor,
  connect,
  descriptorPair,
  duplicateDescriptor,
  passedDescriptorsLimit,
  receiveDescriptors,
  sendDescriptors,
  systemNetwork,
  udp,
} from '#lanework/io/index.js'
import { serve, service } from '#lanework/server/index.js'
import { can, unless } from '../support/capability.ts'
import { runFixture } from '../support/fixture.ts'
import { folder } from '../support/folder.ts'
import { addressOf } from '../support/matrix.ts'

const openDescriptors = (): number => readdirSync('/proc/self/fd').length
const echo = service({ name: 'echo', message: (message) => message })

describe('without the addon, descriptors', { skip: can('descriptors') ? 'they are possible here' : false }, () => {
  it('are UNSUPPORTED, and say what is missing', async () => {
    assert.throws(() => descriptorPair(), { code: 'UNSUPPORTED' })
    assert.throws(() => duplicateDescriptor(1), { code: 'UNSUPPORTED' })
    await assert.rejects(sendDescriptors(1, Buffer.from('x'), []), { code: 'UNSUPPORTED' })
    await assert.rejects(receiveDescriptors(1), { code: 'UNSUPPORTED' })
  })
})

describe('descriptors', { skip: unless('descriptors') }, () => {
  it('travel over a socket pair, and stay good when the sender closes its own', async () => {
    const before = openDescriptors()
    const [near, far] = descriptorPair('stream')
    const path = join(folder, 'passed.txt')
    const file = openSync(path, 'w')
    const receiving = receiveDescriptors(far)
    await sendDescriptors(near, Buffer.from('two files'), [file, file])
    closeSync(file)
    const { bytes, descriptors } = await receiving
    assert.deepEqual([String(bytes), descriptors.length], ['two files', 2])
    writeSync(descriptors[0] as number, 'written by whoever got it')
    assert.equal(readFileSync(path, 'utf8'), 'written by whoever got it')
    for (const descriptor of [near, far, ...descriptors]) closeDescriptor(descriptor)
    assert.equal(openDescriptors(), before)
  })

  it('are none, with no bytes, when the other end is closed', async () => {
    const [near, far] = descriptorPair('stream')
    closeDescriptor(near)
    const { bytes, descriptors } = await receiveDescriptors(far)
    assert.deepEqual([bytes.length, descriptors], [0, []])
    await assert.rejects(sendDescriptors(far, Buffer.from('x'), []), { code: 'CONNECTION_RESET' })
    closeDescriptor(far)
  })

  it('are at most as many as one message carries: OPTION_INVALID', async () => {
    const [near, far] = descriptorPair('datagram')
    await sendDescriptors(
      near,
      Buffer.from('x'),
      Array.from({ length: passedDescriptorsLimit }, () => near),
    )
    const { descriptors } = await receiveDescriptors(far)
    assert.equal(descriptors.length, passedDescriptorsLimit)
    const tooMany = Array.from({ length: passedDescriptorsLimit + 1 }, () => near)
    await assert.rejects(sendDescriptors(near, Buffer.from('x'), tooMany), { code: 'OPTION_INVALID' })
    await assert.rejects(sendDescriptors(near, Buffer.alloc(0), [near]), { code: 'OPTION_INVALID' })
    for (const descriptor of [near, far, ...descriptors]) closeDescriptor(descriptor)
  })

  it('that are none of ours are refused: SYSTEM_ERROR with the errno', () => {
    assert.throws(
      () => duplicateDescriptor(999_999),
      (error) => {
        const { code, detail } = error as { code: string; detail: { errno: string } }
        return code === 'SYSTEM_ERROR' && detail.errno === 'EBADF'
      },
    )
  })

  it('of a listener serve on after the server that bound it has closed, backlog included', async () => {
    const first = await systemNetwork().listenStream(
      { scheme: 'tcp', host: '127.0.0.1', port: 0 },
      { onConnection: () => {}, onAcceptError: () => {} },
    )
    first.pause()
    const descriptor = duplicateDescriptor(first.descriptor as number)
    const waiting = await connect(first.address)
    await waiting.send('sent to the first')
    await first.close()
    await using second = await serve(echo, { listen: [{ address: first.address, stream: { descriptor } }] })
    assert.deepEqual(addressOf(second), `tcp://127.0.0.1:${(first.address as { port: number }).port}`)
    assert.equal(String(await waiting.read(17)), 'sent to the first')
    await waiting.close()
  })

  it('of a UDP socket keep the datagrams that wait in it', async () => {
    const first = await udp().bind('udp://127.0.0.1:0')
    const bound = await systemNetwork().bindDatagram({ scheme: 'udp', host: '127.0.0.1', port: 0 })
    const descriptor = duplicateDescriptor(bound.descriptor as number)
    await first.sendTo('waits in the kernel', bound.address)
    await bound.close()
    await using server = await serve(echo, { listen: [{ address: bound.address, datagram: { descriptor } }] })
    assert.equal(String(await first.recv(100, { timeoutMs: 15_000 })), 'waits in the kernel')
    assert.equal(server.addresses.length, 1)
    await first.close()
  })
})

describe('no descriptor left', { skip: unless('descriptor-limit') }, () => {
  it('for a client is DESCRIPTOR_LIMIT', { skip: unless('descriptors') }, async () => {
    const fixture = runFixture('use-up-descriptors', [], {}, ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'])
    assert.deepEqual([await fixture.hear('udp'), await fixture.hear('tcp')], ['DESCRIPTOR_LIMIT', 'DESCRIPTOR_LIMIT'])
    assert.equal(await fixture.hear('afterwards'), 'works again')
    await fixture.ended
  })
})

describe('failed binds', () => {
  it('leave no descriptor open: 200 of them', async () => {
    const holder = await udp().bind('udp://127.0.0.1:0')
    await assert.rejects(udp().bind(holder.address), { code: 'ADDRESS_IN_USE' })
    const before = openDescriptors()
    for (let count = 0; count < 200; count++)
      await assert.rejects(udp().bind(holder.address), { code: 'ADDRESS_IN_USE' })
    assert.ok(openDescriptors() <= before + 2)
    await holder.close()
  })
})
