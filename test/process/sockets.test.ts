/** A socket that one process bound serves in another. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { connect, formatAddress, listen, udp } from '#lanework/io/index.js'
import { Pool, Process } from '#lanework/process/index.js'
import { acceptOne, answerOne, answerStream } from '../fixtures/socket-tasks.js'
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

describe('a connection as an argument', { skip: unless('connections-handed-over') }, () => {
  it('goes on there, with what was read ahead; here it can only be closed', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const client = await connect(listener.address)
    const served = await listener.accept()
    await client.send('hello')
    await served.whenReadable()
    const child = new Process(answerStream, [served])
    await child.start()
    await assert.rejects(served.recv(), (error) => isLaneworkError(error, 'CLOSED'))
    await assert.rejects(served.send('x'), (error) => isLaneworkError(error, 'CLOSED'))
    await client.send(' world')
    client.end()
    assert.equal(String(await client.read(11)), 'HELLO WORLD')
    assert.equal(await child.join(), 0)
    await served.close()
    assert.equal((await client.recv()).length, 0)
    await client.close()
    await listener.close()
  })

  it('cannot be given away while bytes wait to be sent, nor once it is closed', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const client = await connect(listener.address)
    const served = await listener.accept()
    void served.send(Buffer.alloc(20_000_000)).catch(() => {})
    assert.throws(
      () => served.toShared(),
      (error) => isLaneworkError(error, 'NOT_SERIALIZABLE'),
    )
    served.reset()
    assert.throws(
      () => served.toShared(),
      (error) => isLaneworkError(error, 'CLOSED'),
    )
    await client.close()
    await listener.close()
  })
})

describe('a socket as an argument, without the addon', { skip: isNative ? 'the addon is here' : false }, () => {
  it('is UNSUPPORTED', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    assert.throws(
      () => listener.toShared(),
      (error) => isLaneworkError(error, 'UNSUPPORTED'),
    )
    const client = await connect(listener.address)
    assert.throws(
      () => client.toShared(),
      (error) => isLaneworkError(error, 'UNSUPPORTED'),
    )
    await client.close()
    await listener.close()
  })
})
