import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { until } from '../../../support/until.ts'
import { upTo } from './members.ts'
import { serveInline } from './served.ts'

const rejected: unknown[] = []
const note = (error: unknown): void => void rejected.push(error)
beforeEach(() => void process.on('unhandledRejection', note))
afterEach(() => void process.off('unhandledRejection', note))

describe('a chat that ends', () => {
  it('in the midst of joins and words does so quietly, and ends the connections', async () => {
    for (const round of upTo(5)) {
      const served = await serveInline({})
      const { port } = new URL(served.tcp)
      let open = 0
      const sockets = upTo(60).map((index) => {
        const socket = connect(Number(port), '127.0.0.1')
        socket.on('error', () => {})
        socket.on('connect', () => open++)
        socket.on('close', () => open--)
        socket.on('data', () => {
          // Whatever comes, it has something to ask.
          if (socket.writable) socket.write(`/join #r${index}\nhello\n/join #s${index}\n`)
        })
        return socket
      })
      await until('many are there', () => open > 10 * (round + 1))
      await served.server.close()
      await until('all connections have ended', () => open === 0)
      for (const socket of sockets) socket.destroy()
    }
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(rejected, [])
  })
})
