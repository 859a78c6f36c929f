/** What children write, and that nobody waits for ever because of it. */
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import type { ProcessOptions, StartMethod } from '#lanework/process/index.js'
import { leaveBehind, write } from '../../fixtures/process-tasks.js'
import { runFixture } from '../../support/fixture.js'
import { started } from './methods.js'

const line = `${'x'.repeat(1_023)}\n`

for (const startMethod of ['spawn', 'thread'] as readonly StartMethod[]) {
  describe(`a child started by ${startMethod}`, { concurrency: 2 }, () => {
    for (const exit of [false, true]) {
      it(`that writes 1 MiB ${exit ? 'and exits' : 'and returns'}: all of it can be read after its end`, async () => {
        const process = await started(write, [1, line, 1_024, exit], { startMethod, stdout: 'pipe' })
        assert.equal(await process.join(), 0)
        assert.ok(process.stdout !== null)
        assert.equal((await text(process.stdout)).length, 1_024 * 1_024)
      })
    }

    it('that floods stdout while nobody reads is joined, and the end of the flood is kept', async () => {
      const process = await started(write, [1, line.repeat(64), 512], { startMethod, stdout: 'pipe' })
      assert.equal(await process.join(), 0)
      assert.ok(process.stdout !== null)
      const kept = await text(process.stdout)
      assert.ok(kept.length <= 16_777_216 && kept.length > 16_000_000, `${kept.length}`)
      assert.ok(kept.endsWith(line))
    })

    it('that floods stdout is read slowly, and nothing is lost', async () => {
      const process = await started(write, [1, line.repeat(64), 128], { startMethod, stdout: 'pipe' })
      let bytes = 0
      assert.ok(process.stdout !== null)
      for await (const chunk of process.stdout) {
        bytes += (chunk as Buffer).length
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.equal(bytes, 64 * 128 * 1_024)
      assert.equal(await process.join(), 0)
    })

    it('whose reader has left is joined all the same', async () => {
      const process = await started(write, [1, line.repeat(64), 128], { startMethod, stdout: 'pipe' })
      assert.ok(process.stdout !== null)
      for await (const chunk of process.stdout) {
        assert.ok((chunk as Buffer).length > 0)
        break
      }
      assert.equal(await process.join(), 0)
    })

    it('gives its stderr to whoever asks, and as last words too', async () => {
      const process = await started(write, [2, 'one\ntwo\n', 1], { startMethod, stderr: 'pipe' })
      assert.equal(await process.join(), 0)
      assert.ok(process.stderr !== null)
      assert.equal(await text(process.stderr), 'one\ntwo\n')
      assert.deepEqual(process.death?.stderr, ['one', 'two'])
      assert.equal(process.stdout, null)
    })

    it('that floods stderr leaves twenty last lines, none of them cut', async () => {
      const process = await started(write, [2, line.replace('x', 'y').repeat(100), 100], {
        startMethod,
        stderr: 'ignore',
      })
      assert.equal(await process.join(), 0)
      const lines = process.death?.stderr ?? []
      assert.ok(lines.length > 1 && lines.length <= 20)
      for (const last of lines) assert.match(last, /^yx{1022}$/)
    })
  })
}

it('a program that a child left behind with its output does not keep join() or this program', async () => {
  const options: ProcessOptions = { stdout: 'pipe', stderr: 'pipe' }
  const process = await started(leaveBehind, [], options)
  const left = await process.result()
  try {
    assert.equal(await process.join(), 0)
    assert.ok(process.stdout !== null)
    assert.equal(await text(process.stdout), '')
  } finally {
    globalThis.process.kill(left, 'SIGKILL')
  }
})

it('what children write to stderr is passed on in whole lines; with ignore, nothing is', async () => {
  const fixture = runFixture('process-output')
  await fixture.hear('done')
  assert.equal(await fixture.ended, 0)
  const lines = fixture.stderr().split('\n')
  assert.equal(lines.pop(), '')
  assert.deepEqual([...new Set(lines)].toSorted(), ['a'.repeat(99), 'b'.repeat(99)])
  assert.equal(lines.length, 400)
})
