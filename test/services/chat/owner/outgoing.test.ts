/** What the owner has decided leaves in one order, and only once it is stored. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { Outgoing } from '#lanework/services/chat/owner/outgoing.js'
import { turns } from '../../../support/until.ts'

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<void>((done, failed) => ([resolve, reject] = [done, failed]))
  return { promise, resolve, reject }
}

describe('what leaves the owner', () => {
  it('leaves at once where nothing is to be stored', () => {
    const left: string[] = []
    new Outgoing().add(
      undefined,
      () => left.push('a'),
      () => left.push('refused'),
    )
    assert.deepEqual(left, ['a'])
  })

  it('waits for the disk, and for what came before it', async () => {
    const left: string[] = []
    const outgoing = new Outgoing()
    const [first, second] = [deferred(), deferred()]
    const add = (name: string, stored?: Promise<void>): void =>
      outgoing.add(
        stored,
        () => left.push(name),
        (error) => left.push(`${name} ${(error as Error).message}`),
      )
    add('first', first.promise)
    add('then')
    add('second', second.promise)
    add('last')
    assert.equal(outgoing.size, 4)
    second.reject(new Error('disk full'))
    await turns(2)
    assert.deepEqual(left, [], 'the second waits for the first')
    first.resolve()
    await turns(2)
    assert.deepEqual(left, ['first', 'then', 'second disk full', 'last'])
    assert.equal(outgoing.size, 0)
  })

  it('refuses what goes wrong on its way out, and lets the rest leave, what is added meanwhile last', async () => {
    const left: string[] = []
    const outgoing = new Outgoing()
    const disk = deferred()
    const add = (name: string, stored?: Promise<void>, also = (): void => {}): void =>
      outgoing.add(
        stored,
        () => {
          also()
          left.push(name)
        },
        (error) => left.push(`${name} ${(error as Error).message}`),
      )
    const breaks = (): never => {
      throw new Error('broke')
    }
    add('at once', undefined, breaks)
    add('first', disk.promise, () => add('meanwhile'))
    add('second', undefined, breaks)
    add('last')
    disk.resolve()
    await turns(2)
    assert.deepEqual(left, ['at once broke', 'first', 'second broke', 'last', 'meanwhile'])
    assert.equal(outgoing.size, 0)
  })

  it('keeps the order whatever order the disk has', async () => {
    const entries = fc.array(fc.record({ stored: fc.boolean(), fails: fc.boolean(), when: fc.nat(20) }), {
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(entries, async (given) => {
        const outgoing = new Outgoing()
        const left: [number, boolean][] = []
        const waiting = given.map(({ stored }, index) => {
          const write = deferred()
          outgoing.add(
            stored ? write.promise : undefined,
            () => left.push([index, true]),
            () => left.push([index, false]),
          )
          return write
        })
        const order = given
          .map((_, index) => index)
          .toSorted((one, other) => (given[one]?.when ?? 0) - (given[other]?.when ?? 0))
        for (const index of order) {
          if (given[index]?.fails === true) waiting[index]?.reject(new Error('disk full'))
          else waiting[index]?.resolve()
          if (given[index]?.stored !== true) waiting[index]?.promise.catch(() => {})
          await turns(1)
        }
        assert.deepEqual(
          left,
          given.map(({ stored, fails }, index) => [index, !stored || !fails]),
        )
      }),
      { numRuns: 50 },
    )
  })
})
