import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { systemClock } from '#lanework/core/index.js'

/** Runs code in a Node process of its own, in which `systemClock` is known, and gives what it printed. */
function run(code: string): string {
  const source = `import { systemClock } from ${JSON.stringify(import.meta.resolve('#lanework/core/index.js'))}\n${code}`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

describe('the system clock', () => {
  it('never goes back, and knows the time of day', () => {
    const first = systemClock.monotonicMs()
    assert.ok(systemClock.monotonicMs() >= first)
    assert.ok(Math.abs(systemClock.wallMs() - Date.now()) < 1_000)
  })

  it('fires once after a delay', async () => {
    const start = systemClock.monotonicMs()
    // A pending timer alone does not keep the process, so this one does.
    const keepAlive = setInterval(() => {}, 1_000)
    await new Promise<void>((resolve) => void systemClock.after(5, resolve))
    clearInterval(keepAlive)
    // Node measures timers in whole milliseconds.
    assert.ok(systemClock.monotonicMs() - start >= 4)
  })

  it('fires again and again until it is cancelled', async () => {
    const keepAlive = setInterval(() => {}, 1_000)
    let calls = 0
    await new Promise<void>((resolve) => {
      const timer = systemClock.every(1, () => {
        if (++calls < 3) return
        timer.cancel()
        timer.cancel()
        resolve()
      })
    })
    clearInterval(keepAlive)
    assert.equal(calls, 3)
  })

  it('does not fire what was cancelled, and does not keep the process', () => {
    const code = `
      systemClock.after(1, () => console.log('cancelled one fired')).cancel()
      systemClock.after(3_600_000, () => {})
      systemClock.every(3_600_000, () => {})
      setTimeout(() => console.log('done'), 20)`
    assert.equal(run(code), 'done\n')
  })

  it('waits for a delay longer than Node timers can be', () => {
    const code = `
      systemClock.after(2 ** 31, () => console.log('fired at once'))
      systemClock.every(Infinity, () => console.log('fired at once'))
      setTimeout(() => console.log('done'), 20)`
    assert.equal(run(code), 'done\n')
  })
})
