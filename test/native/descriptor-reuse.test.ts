/** Bytes queued for a connection die with it: its descriptor's number may belong to somebody else in the same turn. */
import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'

import { NativeConnection } from '#lanework/io/native/connection.js'
import { streamEngine, wantRead } from '#lanework/io/native/stream-engine.js'
import { loadNative, type Native } from '#lanework/native/index.js'
import { turns } from '../support/until.js'

const native = loadNative()

function openPair(addon: Native): [number, number] {
  const fds = new Int32Array(2)
  assert.equal(addon.pair(1, fds), 0)
  return [fds[0] as number, fds[1] as number]
}

test(
  'what is queued for a connection that is reset never reaches the next owner of its descriptor',
  { skip: native === undefined ? 'no addon' : false },
  async () => {
    if (native === undefined) return
    const engine = streamEngine(native)
    const [ours, theirs] = openPair(native)
    const connection = new NativeConnection(engine, ours, Buffer.alloc(native.recordBytes), 'unix')
    assert.equal(engine.watch(ours, 0, wantRead), 0)
    connection.write('secret')
    connection.fail(-constants.errno.ECONNRESET)
    const [stranger, other] = openPair(native)
    assert.equal(stranger, ours, 'the number is given out again')
    await turns(3)
    const buffer = Buffer.alloc(100)
    const got = native.recvFrom(other, buffer, new Int32Array(1), Buffer.alloc(native.recordBytes))
    assert.equal(got, -constants.errno.EAGAIN, buffer.subarray(0, Math.max(0, got)).toString())
    for (const fd of [theirs, stranger, other]) native.close(fd)
  },
)
