import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fail } from '#lanework/core/index.js'
import type { ToLane, ToOwner } from '#lanework/server/owner/messages.js'
import { operatorAccess } from '#lanework/server/owner/operator-access.js'
import { Relay } from '#lanework/server/owner/relay.js'

function newRelay(lanes: number) {
  const relay = new Relay()
  const heard = Array.from({ length: lanes }, (): ToLane[] => [])
  heard.forEach((messages, lane) => relay.addLane(lane, (message) => messages.push(message)))
  const owned: ToOwner[] = []
  return { relay, heard, owned, toOwner: (message: ToOwner) => void owned.push(message) }
}

const died = fail('CLOSED', { what: 'owner' })

describe('the relay between lanes and the owner', () => {
  it('gives the answer to the lane that asked, whatever ids the lanes use', () => {
    const { relay, heard, owned, toOwner } = newRelay(2)
    relay.ownerReady(toOwner)
    relay.fromLane(0, ['call', 1, 'a', [0]])
    relay.fromLane(1, ['call', 1, 'a', [1]])
    const ids = owned.map((message) => message[1] as number)
    assert.equal(new Set(ids).size, 2)
    relay.fromOwner(['answer', ids[1] as number, 'to one'])
    relay.fromOwner(['error', ids[0] as number, { name: 'Error', message: 'to zero' }])
    relay.fromOwner(['answer', ids[0] as number, 'again'])
    assert.deepEqual(heard, [[['error', 1, { name: 'Error', message: 'to zero' }]], [['answer', 1, 'to one']]])
  })

  it('keeps what comes without an owner, in order, less what was cancelled or is of a dead lane', () => {
    const { relay, owned, toOwner } = newRelay(2)
    for (const [lane, id] of [
      [0, 1],
      [1, 1],
      [0, 2],
      [0, 3],
    ] as const)
      relay.fromLane(lane, ['call', id, `${lane}.${id}`, []])
    relay.fromLane(0, ['cancel', 2])
    relay.removeLane(1)
    assert.equal(relay.waiting, 2)
    relay.ownerReady(toOwner)
    assert.deepEqual(
      owned.map((message) => message[2]),
      ['0.1', '0.3'],
    )
    assert.deepEqual([relay.waiting, relay.inHand], [0, 2])
  })

  it('counts the lanes that were told of an owner: a successor begins with them', () => {
    const { relay } = newRelay(2)
    assert.equal(relay.followers, 0)
    relay.fromOwner(['snapshot', new Uint8Array(1)])
    relay.addLane(2, () => {})
    operatorAccess(relay)
    assert.equal(relay.followers, 3)
    relay.removeLane(1)
    assert.equal(relay.followers, 2)
  })

  it('fails what a dead owner had in hand, and only that', () => {
    const { relay, heard, owned, toOwner } = newRelay(1)
    relay.ownerReady(toOwner)
    relay.fromLane(0, ['call', 1, 'a', []])
    relay.ownerPaused()
    relay.fromLane(0, ['call', 2, 'b', []])
    relay.ownerEnded(died)
    assert.deepEqual(
      heard[0]?.map((message) => message.slice(0, 2)),
      [['error', 1]],
    )
    relay.ownerReady(toOwner)
    assert.deepEqual(
      owned.map((message) => message[2]),
      ['a', 'b'],
    )
  })

  it('sends each lane the last snapshot, late ones too, and no next one before it has got one', () => {
    const { relay, heard } = newRelay(2)
    for (const byte of [1, 2, 3]) relay.fromOwner(['snapshot', Uint8Array.of(byte)])
    relay.fromLane(0, ['got'])
    relay.fromLane(0, ['got'])
    const late: ToLane[] = []
    relay.addLane(7, (message) => late.push(message))
    const bytes = (messages: readonly ToLane[] = []): unknown[] =>
      messages.map((message) => (message[1] as Uint8Array)[0])
    assert.deepEqual([bytes(heard[0]), bytes(heard[1]), bytes(late)], [[1, 3], [1], [3]])
  })

  it('fails all calls once it is closed', () => {
    const { relay, heard } = newRelay(1)
    relay.fromLane(0, ['call', 1, 'a', []])
    relay.close(died)
    relay.fromLane(0, ['call', 2, 'a', []])
    assert.deepEqual(
      heard[0]?.map((message) => message.slice(0, 2)),
      [
        ['error', 1],
        ['error', 2],
      ],
    )
  })

  it('answers every call of a living lane exactly once, whatever happens', () => {
    const step = fc.record({
      act: fc.constantFrom('call', 'answer', 'up', 'down', 'leave'),
      lane: fc.nat(2),
      pick: fc.nat(50),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const relay = new Relay()
        const owed = new Map<string, number>()
        const join = (lane: number): void => {
          for (const key of owed.keys()) if (key.startsWith(`${lane}.`)) owed.delete(key)
          relay.addLane(lane, (message) => {
            const key = `${lane}.${String(message[1])}`
            assert.ok(owed.delete(key), `${key} is answered though nobody waits`)
          })
        }
        for (const lane of [0, 1, 2]) join(lane)
        let held: number[] = []
        let ids = 0
        for (const { act, lane, pick } of steps) {
          if (act === 'call') {
            owed.set(`${lane}.${++ids}`, ids)
            relay.fromLane(lane, ['call', ids, 'a', []])
          } else if (act === 'answer') relay.fromOwner(['answer', held[pick % Math.max(1, held.length)] ?? 0, 1])
          else if (act === 'up') relay.ownerReady((message) => held.push(message[1] as number))
          else if (act === 'leave') join(lane)
          else {
            relay.ownerEnded(died)
            held = []
          }
        }
        relay.close(died)
        assert.equal(owed.size, 0)
      }),
    )
  })
})
