/** The reason of a death, from evidence. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeDeath, diagnose, type Evidence } from '#lanework/process/death.js'

const nothing: Evidence = {
  code: undefined,
  signal: undefined,
  asked: false,
  hung: false,
  error: undefined,
  stderr: '',
  oomKills: undefined,
}
const heapWords = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n'
const outOfMemory = Object.assign(new Error('limit'), { code: 'ERR_WORKER_OUT_OF_MEMORY' })

describe('the reason of a death', () => {
  const cases: readonly [string, Partial<Evidence>, string, number][] = [
    ['code 0', { code: 0 }, 'normal', 0],
    ['another code', { code: 3 }, 'exit', 3],
    ['an error it told', { code: 1, error: new TypeError('x') }, 'error', 1],
    ['a signal', { signal: 'SIGSEGV' }, 'signal', -11],
    ['a signal beyond the common ones', { signal: 'SIGVTALRM' }, 'signal', -26],
    ['a signal that followed an error', { signal: 'SIGTERM', error: new Error('x') }, 'signal', -15],
    ['SIGKILL alone', { signal: 'SIGKILL' }, 'signal', -9],
    ['SIGKILL while the kernel killed nobody', { signal: 'SIGKILL', oomKills: 0 }, 'signal', -9],
    ['SIGKILL while the kernel killed for memory', { signal: 'SIGKILL', oomKills: 1 }, 'oom-killer', -9],
    ['SIGKILL that was asked for', { signal: 'SIGKILL', oomKills: 1, asked: true }, 'signal', -9],
    ['SIGTERM while the kernel killed for memory', { signal: 'SIGTERM', oomKills: 1 }, 'signal', -15],
    ['SIGABRT with words of V8', { signal: 'SIGABRT', stderr: heapWords }, 'heap-limit', -6],
    ['code 134 with words of V8', { code: 134, stderr: heapWords }, 'heap-limit', 134],
    ['SIGABRT without them', { signal: 'SIGABRT', stderr: 'assertion failed' }, 'signal', -6],
    ['words of V8 that were only quoted', { code: 1, stderr: heapWords }, 'exit', 1],
    ['the limit of a thread', { code: 1, error: outOfMemory }, 'heap-limit', 1],
    ['a silence', { signal: 'SIGKILL', hung: true, oomKills: 1 }, 'hang', -9],
  ]
  for (const [what, evidence, reason, exitCode] of cases) {
    it(`is ${reason} after ${what}`, () => {
      const death = diagnose({ ...nothing, ...evidence })
      assert.deepEqual([death.reason, death.exitCode], [reason, exitCode])
      assert.ok(describeDeath(death).length > 0)
    })
  }
})

it('the last twenty lines of stderr are kept, without ends of lines', () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`)
  for (const end of ['\n', '\r\n']) {
    assert.deepEqual(diagnose({ ...nothing, stderr: lines.join(end) + end }).stderr, lines.slice(10))
  }
  assert.deepEqual(diagnose({ ...nothing, stderr: ' \n\n' }).stderr, [])
})
