import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { OutgoingArena } from '#lanework/io/native/outgoing-arena.js'

/** What each descriptor would be sent. */
function sentBy(arena: OutgoingArena): Map<number, string> {
  arena.seal()
  const sent = new Map<number, string>()
  for (let entry = 0; entry < arena.entries; entry++) {
    const [fd, offset, size] = arena.quads.subarray(entry * 4, entry * 4 + 3) as unknown as [number, number, number]
    assert.equal(sent.has(fd), false, 'one entry a descriptor')
    sent.set(fd, arena.bytes.toString('latin1', offset, offset + size))
  }
  return sent
}

describe('bytes of a turn on their way out', () => {
  it('are one piece for each connection, in its order, however the writes alternate', () => {
    const write = fc.record({ fd: fc.integer({ min: 3, max: 8 }), text: fc.string({ minLength: 1, maxLength: 20 }) })
    fc.assert(
      fc.property(fc.array(fc.array(write, { maxLength: 60 }), { maxLength: 3 }), (turns) => {
        const arena = new OutgoingArena(4_096)
        for (const writes of turns) {
          const entries = new Map<number, number>()
          const expected = new Map<number, string>()
          for (const { fd, text } of writes) {
            const bytes = Buffer.from(text, 'latin1')
            const entry = arena.add(fd, entries.get(fd) ?? -1, bytes)
            assert.notEqual(entry, -1)
            entries.set(fd, entry)
            expected.set(fd, (expected.get(fd) ?? '') + bytes.toString('latin1'))
          }
          assert.deepEqual(sentBy(arena), expected)
          arena.clear()
        }
      }),
    )
  })

  it('are refused where there is no room, and those before are whole', () => {
    const arena = new OutgoingArena(10)
    const first = arena.add(3, -1, Buffer.from('aaaa'))
    const second = arena.add(4, -1, Buffer.from('bbb'))
    assert.equal(arena.add(3, first, Buffer.from('AAA')), first)
    assert.equal(arena.add(4, second, Buffer.from('B')), -1)
    assert.deepEqual(
      sentBy(arena),
      new Map([
        [3, 'aaaaAAA'],
        [4, 'bbb'],
      ]),
    )
    arena.clear()
    assert.equal(arena.entries, 0)
    assert.equal(arena.add(4, -1, Buffer.from('B')), 0)
  })

  it('are refused beyond so many connections, and so many pieces', () => {
    const arena = new OutgoingArena(100_000)
    let fd = 0
    while (arena.add(fd, -1, Buffer.from('x')) >= 0) fd++
    assert.equal(fd, 1_024)
    let pieces = fd
    while (arena.add(pieces % 1_024, pieces % 1_024, Buffer.from('y')) >= 0) pieces++
    assert.ok(pieces > 4_096 && pieces < 100_000)
    const sent = sentBy(arena)
    assert.equal(
      [...sent.values()].reduce((sum, text) => sum + text.length, 0),
      pieces,
    )
  })
})
