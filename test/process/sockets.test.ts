/** A socket that one process bound serves in another. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { connect, formatAddress, listen, udp } from '#lanework/io/index.js'
import { Pool, Process } from '#lanework/process/index.js'
import { acceptOne, answerOne } from '../fixtures/socket-tasks.js'
import { isNative, unless } from '../support/capability.js'

describe('a socket as an argument', { skip: unless('descriptors') }, () => {
  it('accepts in the process it was given to', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const child = await new Process(acceptOne, [listener]).start()
    const stream = await connect(listener.address)
    await stream.send('hello')
    assert.equal((await stream.recv()).toString(), `${child.pid}: hello`)
    await stream.close()
    await listener.close()
    assert.equal(await child.join(), 0)
  })

  it('receives datagrams on a lane that already runs', async () => {
    await using pool = new Pool({ lanes: 1 })
    const socket = await udp().bind('udp://127.0.0.1:0')
    const client = await udp().bind('udp://127.0.0.1:0')
    const answering = pool.run(answerOne, [socket])
    await client.sendTo('hello', formatAddress(socket.address))
    const { message } = await client.recvFrom(100, { timeoutMs: 10_000 })
    assert.match(message.toString(), /^\d+: hello$/)
    await answering
    await socket.close()
    await client.close()
  })
})

describe('a socket as an argument, without the addon', { skip: isNative ? 'the addon is here' : false }, () => {
  it('is UNSUPPORTED', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    assert.throws(
      () => listener.toShared(),
      (error) => isLaneworkError(error, 'UNSUPPORTED'),
    )
    await listener.close()
  })
})
