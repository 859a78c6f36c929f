/** Errors on connected datagram sockets that push what they receive. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { parseAddress, systemNetwork, udp } from '#lanework/io/index.js'

describe('a connected datagram socket that pushes', () => {
  it('tells of a closed port by onError, and goes on receiving', async () => {
    const peer = await udp().bind('udp://127.0.0.1:0')
    const { address } = peer
    await peer.close()
    const socket = await systemNetwork().bindDatagram(parseAddress('udp://127.0.0.1:0'))
    await socket.connect(address)
    const received: string[] = []
    let hear = (): void => {}
    const error = await new Promise<Error>((resolve) => {
      socket.receive(
        (batch) => {
          for (let index = 0; index < batch.count; index++) received.push(String(batch.message(index)))
          hear()
        },
        { onError: resolve },
      )
      void socket.sendNow(Buffer.from('hello'), undefined)
    })
    assert.ok(isLaneworkError(error, 'CONNECTION_REFUSED'), String(error))
    const back = await udp().bind(address)
    const heard = new Promise<void>((resolve) => (hear = resolve))
    await back.sendTo('here again', socket.address)
    await heard
    assert.deepEqual(received, ['here again'])
    await back.close()
    await socket.close()
  })
})
