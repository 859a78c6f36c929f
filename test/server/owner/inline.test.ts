import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '#lanework/io/index.js'
import {
  loadService,
  serve,
  service,
  type SharedAccess,
  type SharedMethods,
  type SharedServer,
} from '#lanework/server/index.js'
import { systemClock } from '#lanework/core/index.js'
import { startOwner } from '#lanework/server/owner/host.js'
import { addressOf } from '../../support/matrix.js'
import { gate, turns } from '../../support/until.js'

const listen = 'tcp://127.0.0.1:0'

async function served(shared: (server: SharedServer) => SharedMethods) {
  let access: SharedAccess | undefined
  const server = await serve(
    service({
      name: 'inline',
      message: async (message) => String(await access?.call('add', Number(message))),
      start: (lane) => void (access = lane.shared),
      shared,
    }),
    { listen },
  )
  assert.ok(access !== undefined)
  return { server, access }
}

describe('shared() with an inline lane', () => {
  it('runs before the lane starts and ends after it stops', async () => {
    const order: string[] = []
    const server = await serve(
      service({
        name: 'ordered',
        message: () => undefined,
        start: (lane) => void order.push(`start sees ${String(Buffer.from(lane.shared.snapshot ?? []))}`),
        stop: async (lane) => void order.push(`stop got ${String(await lane.shared.call('one'))}`),
        shared: ({ publish, signal, run }) => {
          order.push(`shared ${run}`)
          publish(Buffer.from('first'))
          signal.addEventListener('abort', () => void order.push('aborted'))
          return { one: () => 1, close: () => void order.push('close') }
        },
      }),
      { listen },
    )
    assert.equal(server.status().shared?.state, 'ready')
    await server.drain()
    await server.close()
    assert.deepEqual(order, ['shared 1', 'start sees first', 'stop got 1', 'aborted', 'close'])
    assert.equal(server.status().shared?.state, 'dead')
  })

  it('does itself what a reload is, and an operator calls its methods', async () => {
    let reloads = 0
    const reload = (): number => {
      if (reloads === 1) throw new Error('no more')
      return ++reloads
    }
    const { server } = await served(() => ({ add: (by: number) => by + 1, reload }))
    const heard: number[] = []
    server.on('reloaded', ({ lanes }) => heard.push(lanes))
    assert.deepEqual(
      { ...(await server.reload()), tookMs: 0, drained: 0 },
      { generation: 1, lanes: 1, tookMs: 0, drained: 0 },
    )
    await assert.rejects(server.reload(), { message: 'no more' })
    await assert.rejects(server.reload({ limits: { idleMs: 1 } }), { code: 'RELOAD_NEEDS_LANES' })
    assert.equal(await server.call('add', 41), 42)
    await assert.rejects(server.call('subtract'), { code: 'METHOD_UNKNOWN' })
    assert.deepEqual([reloads, heard], [1, [1]])
    await server.close()
  })

  it('counts for all connections', async () => {
    let count = 0
    const { server } = await served(() => ({ add: (by: number) => (count += by) }))
    for (const expected of ['5', '10']) {
      const client = await connect(addressOf(server))
      await client.send('5')
      assert.equal(String(await client.recv()), expected)
      await client.close()
    }
    await server.close()
  })

  it('gives callers what a method throws, and lets nobody call close or what is inherited: METHOD_UNKNOWN', async () => {
    const thrown = new TypeError('no')
    const { server, access } = await served(() => ({
      add: () => {
        throw thrown
      },
      close: () => {},
    }))
    await assert.rejects(access.call('add'), (error) => error === thrown)
    for (const method of ['close', 'toString', '__proto__', 'ad', ''])
      await assert.rejects(access.call(method), { code: 'METHOD_UNKNOWN', detail: { method, known: 'add' } })
    await server.close()
  })

  it('fails serve() when it throws or gives nothing, and nothing stays bound', async () => {
    const probe = await serve(service({ name: 'probe', message: () => undefined }), { listen })
    const [address = ''] = probe.addresses
    await probe.close()
    let aborted = false
    const failing = (shared: (server: SharedServer) => SharedMethods) =>
      serve(service({ name: 'failing', message: () => undefined, shared }), { listen: address })
    await assert.rejects(
      failing(({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true))
        throw new RangeError('no')
      }),
      { name: 'RangeError' },
    )
    assert.ok(aborted)
    await assert.rejects(failing((() => undefined) as never), { code: 'SERVICE_INVALID' })
    const server = await failing(() => ({}))
    assert.deepEqual(server.addresses, [address])
    await server.close()
  })

  it('ends the owner when the lane cannot start', async () => {
    const taken = await serve(service({ name: 'taken', message: () => undefined }), { listen })
    let closed = 0
    const owned = service({
      name: 'owned',
      message: () => undefined,
      shared: () => ({ close: () => void (closed += 1) }),
    })
    await assert.rejects(serve(owned, { listen: [...taken.addresses] }), { code: 'ADDRESS_IN_USE' })
    await assert.rejects(serve(owned, { listen, framing: 'none such' }))
    assert.equal(closed, 2)
    await taken.close()
  })

  it('copies what is published, and tells of a listener that throws', async () => {
    const bytes = Uint8Array.of(1)
    const { server, access } = await served(({ publish }) => ({ again: () => publish(bytes) }))
    const errors: unknown[] = []
    server.on('snapshotError', ({ error }) => errors.push(error))
    await access.call('again')
    bytes[0] = 2
    assert.deepEqual([...(access.snapshot ?? [])], [1])
    access.onSnapshot(() => {
      throw new Error('listener')
    })
    await access.call('again')
    assert.deepEqual([[...(access.snapshot ?? [])], access.version, errors.length], [[2], 2, 2])
    await server.close()
  })
})

describe('the host of shared()', () => {
  it('waits at its end for calls in hand before it calls close, and takes no more', async () => {
    const busy = gate()
    const order: string[] = []
    const owned = service({
      name: 'owned',
      message: () => undefined,
      shared: ({ publish }) => ({
        slow: () => busy.opened.then(() => void order.push('slow')),
        close: () => {
          publish(Buffer.from('nobody is left'))
          order.push('close')
        },
      }),
    })
    const published: Uint8Array[] = []
    const host = await startOwner(owned, { clock: systemClock, run: 1, publish: (bytes) => published.push(bytes) })
    const call = host.call('slow', [])
    const end = host.end()
    await assert.rejects(host.call('slow', []), { code: 'CLOSED' })
    await turns(3)
    assert.deepEqual(order, [])
    busy.open()
    await Promise.all([call, end, host.end()])
    assert.deepEqual([order, published], [['slow', 'close'], []])
  })

  it('publishes bytes only: OPTION_INVALID', async () => {
    const odd = service({
      name: 'odd',
      message: () => undefined,
      shared: ({ publish }) => {
        publish('text' as never)
        return {}
      },
    })
    await assert.rejects(startOwner(odd, { clock: systemClock, run: 1, publish: () => {} }), { code: 'OPTION_INVALID' })
  })
})

describe('the URL of a service', () => {
  const module = new URL('../../fixtures/shared-services.js', import.meta.url)

  it('names an export by its hash', async () => {
    assert.equal((await loadService(module)).name, 'counter')
    assert.equal((await loadService(new URL(`${module.href}#failing`))).name, 'failing')
    assert.equal(await loadService(new URL(`${module.href}#default`)), await loadService(module))
  })

  it('that leads to no service is refused with the name: SERVICE_INVALID', async () => {
    for (const name of ['notOne', 'none', 'toString', '%'])
      await assert.rejects(loadService(new URL(`${module.href}#${name}`)), {
        code: 'SERVICE_INVALID',
        message: /export/,
      })
  })
})
