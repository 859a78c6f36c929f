/** The addon's stream batches: what does not fit into one comes first in the next, so that nobody starves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { loadNative, type Handle } from '#lanework/native/index.js'

const native = loadNative()
const kindData = 2
const eventInts = 8

test(
  'each of 32 busy senders is read before any is read twice',
  { skip: native === undefined ? 'no addon' : false },
  () => {
    if (native === undefined) return
    const arena = Buffer.alloc(131_072) // room for two reads of 64 KiB at most
    const events = new Int32Array(64 * eventInts)
    const streams = native.streamOpen(arena, events, Buffer.alloc(16), new Int32Array(4)) as Handle<'streams'>
    const pairs = Array.from({ length: 32 }, () => {
      const fds = new Int32Array(2)
      assert.equal(native.pair(1, fds), 0)
      return [fds[0] as number, fds[1] as number] as const
    })
    const full = Buffer.alloc(65_536, 1)
    for (const [near, far] of pairs) {
      while (native.streamWrite(far, full, 0) > 0);
      assert.equal(native.streamWatch(streams, near, 0, 1), 0)
    }
    const reads: number[] = []
    while (reads.length < pairs.length) {
      const count = native.streamWait(streams)
      assert.ok(count > 0)
      for (let index = 0; index < count; index++) {
        const at = index * eventInts
        if (events[at] === kindData) reads.push(events[at + 1] as number)
      }
    }
    assert.equal(new Set(reads.slice(0, pairs.length)).size, pairs.length)
    for (const [near, far] of pairs) {
      native.streamForget(streams, near)
      native.close(near)
      native.close(far)
    }
  },
)
