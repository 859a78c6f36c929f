/** Garbage over every transport into process lanes, and connections that are opened and broken off by the thousand. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect as connectNet } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { udp, connect, parseAddress, socketAddress } from '#lanework/io/index.js'
import { allServe, ask, closeServers, living, record, serveFaulty, setFlags } from '../../support/lanes.ts'
import { freshPath } from '../../support/folder.ts'
import { transports } from '../../support/matrix.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
setFlags({})

/** A length in front that promises more than is allowed, one that promises what never comes, and noise. */
function garbage(): Buffer[] {
  const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3])
  const short = Buffer.from([0, 0, 0, 200, 1, 2, 3])
  return [
    huge,
    short,
    Buffer.alloc(0),
    ...Array.from({ length: 20 }, () => randomBytes(1 + Math.floor(Math.random() * 999))),
  ]
}

describe('bad input into lanes', { skip: unlessNative }, () => {
  afterEach(closeServers)

  for (const { name, datagram, skip, listen } of transports)
    it(`garbage over ${name} ends no lane`, { timeout, skip }, async () => {
      const server = await serveFaulty({ listen: listen() })
      const [address = ''] = server.addresses
      const ended = record(server, 'laneEnded')
      for (const bytes of garbage()) {
        if (datagram) {
          const target = parseAddress(address)
          const socket = udp()
          await socket.bind(target.scheme === 'udp' ? { ...target, port: 0 } : `unix-dgram:${freshPath()}`)
          await socket.sendTo(bytes, target)
          await socket.close()
        } else {
          // Of a WebSocket's address it is the handshake that is garbage.
          const stream = await connect(socketAddress(parseAddress(address)))
          await stream.send(bytes)
          await stream.close()
        }
      }
      for (let round = 0; round < 4; round++) assert.match(await ask(address, 'well'), / well$/)
      assert.deepEqual(ended, [])
      assert.ok(server.status().lanes.every(({ restarts }) => restarts === 0))
    })

  it('a thousand connections that are opened and reset leave nothing', { timeout }, async () => {
    const server = await serveFaulty({ listen: 'tcp://127.0.0.1:0', limits: { connections: 2_000 } })
    const [address = ''] = server.addresses
    const { port } = new URL(address)
    const reset = (): Promise<void> =>
      new Promise((resolve) => {
        const socket = connectNet(Number(port), '127.0.0.1', () => {
          socket.write(Buffer.from([0, 0, 0, 9, 1]))
          socket.resetAndDestroy()
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 50 }, reset))
    assert.match(await ask(address, 'well'), / well$/)
    await until('no connection is held', () => server.status().lanes.every(({ connections }) => connections === 0))
    await allServe(server)
    assert.ok(server.status().lanes.every(({ restarts }) => restarts === 0))
    await server.close()
    assert.deepEqual(living(), [])
  })
})
