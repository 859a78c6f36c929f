import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  serve,
  service,
  isService,
  resolveLimits,
  defaultLimits,
  descriptorLimit,
  type AnyService,
  type ServeOptions,
  type ServiceDefinition,
} from '#lanework/server/index.js'
import { folder } from '../support/folder.ts'
import { addressOf, clientOf, serveOn } from '../support/matrix.ts'

const echo = service({ name: 'echo', message: (message) => message })
const listen = 'udp://127.0.0.1:0'

describe('service()', () => {
  const wrong: readonly [claim: string, definition: object][] = [
    ['without a name', { message: () => undefined }],
    ['with an empty name', { name: '', message: () => undefined }],
    ['with neither message() nor connection()', { name: 'x' }],
    ['with both message() and connection()', { name: 'x', message: () => undefined, connection: async () => {} }],
    ['that borrows without message()', { name: 'x', borrow: true, connection: async () => {} }],
  ]
  for (const [claim, definition] of wrong) {
    it(`refuses a definition ${claim}`, () => {
      assert.throws(() => service(definition as ServiceDefinition), { code: 'SERVICE_INVALID' })
    })
  }

  it('makes what isService knows', () => {
    assert.ok(isService(echo))
    assert.ok(!isService({ name: 'echo', message: () => undefined }))
  })
})

describe('serve() refuses', () => {
  const wrong: readonly [claim: string, code: string, source: unknown, options: object][] = [
    ['what service() did not make', 'SERVICE_INVALID', { name: 'echo' }, { listen }],
    ['a service object for lanes in processes', 'LANES_NEED_MODULE', echo, { listen, laneKind: 'process' }],
    ['more than one inline lane', 'OPTION_INVALID', echo, { listen, lanes: 2 }],
    ['no lane at all', 'OPTION_INVALID', echo, { listen, lanes: 0 }],
    ['an unknown kind of lane', 'OPTION_INVALID', echo, { listen, laneKind: 'fibre' }],
    ['nothing to listen on', 'OPTION_INVALID', echo, { listen: [] }],
    ['an unknown scheme', 'SCHEME_UNKNOWN', echo, { listen: 'sctp://127.0.0.1:0' }],
    ['an address without a port', 'ADDRESS_INVALID', echo, { listen: 'udp://127.0.0.1' }],
    ['a host name that nobody has', 'NAME_NOT_FOUND', echo, { listen: 'udp://no-such-host.invalid:0' }],
    ['a limit of the wrong type', 'OPTION_INVALID', echo, { listen, limits: { frameBytes: '64k' } }],
    ['a limit below its range', 'OPTION_INVALID', echo, { listen, limits: { connections: 0 } }],
    ['a limit that is no integer', 'OPTION_INVALID', echo, { listen, limits: { idleMs: 0.5 } }],
    ['a limit that does not exist', 'OPTION_INVALID', echo, { listen, limits: { conections: 5 } }],
    [
      'a connection() service on datagrams',
      'SERVICE_INVALID',
      service({ name: 'bytes', connection: async () => {} }),
      { listen },
    ],
  ]
  for (const [claim, code, source, options] of wrong) {
    it(`${claim}: ${code}`, async () => {
      await assert.rejects(serve(source as AnyService, options as ServeOptions), (error) =>
        isLaneworkError(error, code as never),
      )
    })
  }

  it('a whole list of addresses when one is taken, and leaves none of them bound', async () => {
    await using holder = await serveOn('tcp://127.0.0.1:0', echo.definition)
    await using free = await serveOn('udp://127.0.0.1:0', echo.definition)
    const wanted = addressOf(free)
    await free.close()
    const taken = addressOf(holder)
    await assert.rejects(serve(echo, { listen: [wanted, taken] }), { code: 'ADDRESS_IN_USE' })
    await using again = await serve(echo, { listen: wanted })
    assert.equal(addressOf(again), wanted)
  })

  it('to start under a signal that has already been aborted: ABORTED, and nothing stays bound', async () => {
    await assert.rejects(serve(echo, { listen, signal: AbortSignal.abort() }), { code: 'ABORTED' })
  })
})

describe('an address in use', () => {
  it('is named by the error, with how to fix it', async () => {
    await using holder = await serveOn('udp://127.0.0.1:0', echo.definition)
    await assert.rejects(serve(echo, { listen: addressOf(holder) }), (error) => {
      assert.ok(isLaneworkError(error, 'ADDRESS_IN_USE'))
      assert.ok(error.message.includes(addressOf(holder)))
      assert.match(error.fix, /ss -lntup.*port 0/)
      return true
    })
  })
})

describe('a service from a module', () => {
  function moduleOf(name: string, code: string): URL {
    const path = join(folder, name)
    writeFileSync(path, code)
    return pathToFileURL(path)
  }

  it('is served from its default export', async () => {
    const server = import.meta.resolve('#lanework/server/index.js')
    const url = moduleOf(
      'good.mjs',
      `import { service } from ${JSON.stringify(server)}\nexport default service({ name: 'm', message: () => 'from a module' })`,
    )
    await using running = await serve(url, { listen })
    const client = await clientOf(addressOf(running))
    await client.send('?')
    assert.equal(String(await client.receive()), 'from a module')
    await client.close()
  })

  const wrong: readonly [claim: string, code: string][] = [
    ['that exports something else', 'export default 5'],
    ['that exports nothing', 'export const x = 1'],
    ['with a syntax error', 'export default ('],
  ]
  for (const [claim, code] of wrong) {
    it(`${claim} is SERVICE_INVALID`, async () => {
      const url = moduleOf(`${claim.replaceAll(' ', '-')}.mjs`, code)
      await assert.rejects(serve(url, { listen }), { code: 'SERVICE_INVALID' })
    })
  }

  it('with a syntax error says how to find it', async () => {
    const url = moduleOf('unfinished.mjs', 'export default (')
    await assert.rejects(serve(url, { listen }), { message: /Unexpected .*\(`node \S+unfinished\.mjs` shows where\)/ })
  })
})

describe('limits', () => {
  it('given to serve win over the service, which win over the defaults', () => {
    const limits = resolveLimits({ idleMs: 5, frameMs: 6 }, { frameMs: 7 })
    assert.deepEqual([limits.idleMs, limits.frameMs, limits.frameBytes], [5, 7, defaultLimits.frameBytes])
  })

  it('leave 64 descriptors free unless connections are asked for', () => {
    const descriptors = descriptorLimit()
    if (descriptors === undefined) return
    assert.equal(
      resolveLimits({ connections: 1_000_000 }).connections,
      Math.max(1, Math.min(1_000_000, descriptors - 64)),
    )
    assert.equal(resolveLimits({}, { connections: 1_000_000 }).connections, 1_000_000)
  })
})

describe('a running server', () => {
  it('cannot reload inline lanes: RELOAD_NEEDS_LANES', async () => {
    await using server = await serve(echo, { listen })
    await assert.rejects(server.reload(), { code: 'RELOAD_NEEDS_LANES' })
  })

  it('closes when its signal is aborted', async () => {
    const controller = new AbortController()
    const server = await serve(echo, { listen, signal: controller.signal })
    controller.abort()
    await server.closed
    assert.equal(server.status().lanes[0]?.state, 'dead')
  })

  it('may be closed and drained again and again', async () => {
    const server = await serve(echo, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
    await Promise.all([server.close(), server.close(), server.drain()])
    await server.drain()
    await server.closed
  })

  it('refuses a drain deadline that is no time', async () => {
    await using server = await serve(echo, { listen })
    await assert.rejects(async () => server.drain({ deadlineMs: -1 }), { code: 'OPTION_INVALID' })
  })

  it('calls start and stop of its service once each', async () => {
    const calls: string[] = []
    const definition = {
      start: () => void calls.push('start'),
      stop: () => void calls.push('stop'),
      message: () => undefined,
    }
    const server = await serveOn(listen, definition)
    await server.close()
    await server.close()
    assert.deepEqual(calls, ['start', 'stop'])
  })

  it('tells when the kernel granted a smaller buffer than was asked for', async () => {
    // One byte more than the kernel grants to anybody, also past net.core.rmem_max.
    const asked = 1_073_741_824
    await using server = await serve(echo, { listen: [{ address: listen, datagram: { receiveBufferBytes: asked } }] })
    const told = new Promise<{ wantedBytes: number; grantedBytes: number }>((resolve) =>
      server.on('bufferClamped', resolve),
    )
    const { wantedBytes, grantedBytes } = await told
    assert.equal(wantedBytes, asked)
    assert.ok(grantedBytes > 0 && grantedBytes < asked)
  })
})
