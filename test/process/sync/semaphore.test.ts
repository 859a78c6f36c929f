/** Semaphores: permits are neither lost nor made. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoundedSemaphore, Semaphore } from '#lanework/process/index.js'
import { shareWith, unlessNative } from '../../support/sharing.ts'

const skip = unlessNative

test('so many enter as there are permits', { skip }, async () => {
  using semaphore = new Semaphore(3)
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 12 }, () =>
      semaphore.with(async () => {
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      }),
    ),
  )
  assert.equal(most, 3)
  assert.equal(semaphore.value, 3)
})

test('a BoundedSemaphore cannot be released more often than acquired', { skip }, async () => {
  using semaphore = new BoundedSemaphore(2)
  const held = semaphore.acquireSync()
  held.release()
  held.release()
  assert.throws(() => semaphore.release(), { code: 'RELEASED_TOO_OFTEN', message: /BoundedSemaphore/ })
  assert.throws(() => new BoundedSemaphore(0), { code: 'OPTION_INVALID' })
  assert.throws(() => new Semaphore(1_025), { code: 'OPTION_INVALID' })
})

test('a Semaphore grows by releases, up to its limit', { skip }, () => {
  using semaphore = new Semaphore(1_023)
  semaphore.release()
  assert.equal(semaphore.value, 1_024)
  assert.throws(() => semaphore.release(), { code: 'RELEASED_TOO_OFTEN' })
})

test('permits that signal stay used when their taker dies', { skip }, async () => {
  using semaphore = new Semaphore(1, { reclaim: false })
  const taker = shareWith('hold', [semaphore])
  await taker.hear('held')
  await taker.kill()
  await assert.rejects(semaphore.acquire({ timeoutMs: 250 }), { code: 'TIMED_OUT' })
  for (let count = 0; count < 3_000; count++) {
    semaphore.release()
    semaphore.acquireSync()
  }
  assert.equal(semaphore.value, 0)
})

test('any program of acquire and release counts as a number would', { skip }, async () => {
  const step = fc.constantFrom('acquire', 'acquireSync', 'release', 'handle')
  const program = fc.array(fc.tuple(step, fc.nat(1)), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(program, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (steps, value, bounded) => {
      using first = bounded ? new BoundedSemaphore(value) : new Semaphore(value)
      let available = value
      let held = 0
      for (const [action] of steps) {
        if (action === 'release' || action === 'handle') {
          if (held === 0 && bounded) assert.throws(() => first.release(), { code: 'RELEASED_TOO_OFTEN' })
          else {
            first.release()
            available++
            held = Math.max(0, held - 1)
          }
        } else if (available === 0) {
          await assert.rejects(first.acquire({ timeoutMs: 0 }), { code: 'TIMED_OUT' })
          assert.equal(first.tryAcquire(), undefined)
        } else {
          if (action === 'acquire') await first.acquire()
          else first.acquireSync()
          available--
          held++
        }
        assert.equal(first.value, available)
      }
    }),
    { numRuns: 60 },
  )
})
