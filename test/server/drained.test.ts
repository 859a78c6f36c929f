/** A handler that sends a long answer piece by piece waits with `peer.drained()` until the peer has read. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, udp } from '#lanework/io/index.js'
import { lines } from '#lanework/framing/index.js'
import { serve, service } from '#lanework/server/index.js'
import { gate } from '../support/until.js'

const piece = 'x'.repeat(32_767)
const pieces = 400

describe('peer.drained', () => {
  it('lets a stream peer be sent more than its queue may hold, as fast as it reads', async () => {
    const begun = gate<{ readonly done: Promise<boolean> }>()
    const long = service({
      name: 'long',
      framing: lines(),
      message: (_message, peer) => {
        const send = async (): Promise<boolean> => {
          for (let count = 0; count < pieces; count++) {
            peer.send(piece)
            if (!(await peer.drained())) return false
          }
          return true
        }
        begun.open({ done: send() })
      },
    })
    await using server = await serve(long, { listen: 'tcp://127.0.0.1:0', limits: { queueBytes: 65_536 } })
    const client = await connect(server.addresses[0]!)
    await client.send('go\n')
    const { done } = await begun.opened
    let received = 0
    for await (const chunk of client) {
      received += chunk.length
      if (received >= pieces * (piece.length + 1)) break
    }
    assert.equal(await done, true)
    await client.close()
  })
  it('is false once the peer is gone', async () => {
    const sent = gate<{ readonly done: Promise<boolean> }>()
    const long = service({
      name: 'long',
      framing: lines(),
      message: (_message, peer) => {
        const send = async (): Promise<boolean> => {
          for (;;) {
            peer.send(piece)
            if (!(await peer.drained())) return false
          }
        }
        sent.open({ done: send() })
      },
    })
    await using server = await serve(long, { listen: 'tcp://127.0.0.1:0' })
    const client = await connect(server.addresses[0]!)
    await client.send('go\n')
    const { done } = await sent.opened
    client.reset()
    assert.equal(await done, false)
  })
  it('is for handlers of whole streams too', async () => {
    const drained = gate<boolean>()
    const whole = service({
      name: 'whole',
      connection: async (_stream, peer) => {
        peer.send(piece)
        drained.open(await peer.drained())
      },
    })
    await using server = await serve(whole, { listen: 'tcp://127.0.0.1:0' })
    const client = await connect(server.addresses[0]!)
    assert.equal((await client.read(piece.length)).length, piece.length)
    assert.equal(await drained.opened, true)
    await client.close()
  })
  it('does not wait with datagrams, which wait for nobody', async () => {
    const drained = gate<boolean>()
    const echo = service({
      name: 'echo',
      message: (message, peer) => {
        peer.send(message)
        void peer.drained().then((yes) => drained.open(yes))
      },
    })
    await using server = await serve(echo, { listen: 'udp://127.0.0.1:0' })
    const client = udp()
    await client.sendTo('hello', server.addresses[0]!)
    assert.equal((await client.recvFrom()).message.toString(), 'hello')
    assert.equal(await drained.opened, true)
    await client.close()
  })
})
