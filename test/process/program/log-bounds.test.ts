/** Output files that are kept bounded: what is kept of them, and what is said of the rest. */
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { LogBounds, logSizes, readLogCuts } from '#lanework/process/index.js'
import { folder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

const kibibyte = 1_024
const textOf = (lines: number, from = 0): string =>
  Array.from({ length: lines }, (_, line) => `line ${from + line} of many\n`).join('')
let count = 0

/** The text as the files have it once they are short, the oldest first. */
async function bounded(text: string, bytes: number, keep: number): Promise<{ kept: string; path: string }> {
  const path = join(folder, `bounded${++count}`)
  writeFileSync(path, text)
  const bounds = new LogBounds((trouble) => assert.fail(trouble))
  bounds.add({ streams: [{ kind: 'file', path, append: true, limit: { bytes, keep } }] })
  await until('it is short', () => statSync(path).size <= bytes && !readLogCuts(path).isUnderWay)
  await until('nothing is under way', () => !existsSync(`${path}.new`))
  bounds.close()
  return { kept: keptOf(path), path }
}

function keptOf(path: string): string {
  const ages = logSizes(path).map((_, age) => (age === 0 ? path : `${path}.${age}`))
  return ages
    .toReversed()
    .map((each) => readFileSync(each, 'utf8'))
    .join('')
}

describe('output that was written faster than it was looked at', () => {
  it('is kept whole while there are files for it', async () => {
    const text = textOf(60_000)
    for (const bytes of [40 * kibibyte, 64 * kibibyte, 200 * kibibyte]) {
      const { kept, path } = await bounded(text, bytes, 40)
      assert.ok(kept === text, `${kept.length} of ${text.length} bytes are kept in files of ${bytes}`)
      assert.deepEqual([logSizes(path).every((size) => size <= bytes), readLogCuts(path).droppedBytes], [true, 0])
    }
  })

  it('beyond these is gone, oldest first, and counted', async () => {
    const text = textOf(60_000)
    for (const [bytes, keep] of [
      [64 * kibibyte, 0],
      [64 * kibibyte, 3],
      [40 * kibibyte, 3],
      [100 * kibibyte, 1],
    ] as const) {
      const { kept, path } = await bounded(text, bytes, keep)
      const { droppedBytes } = readLogCuts(path)
      assert.ok(text.endsWith(kept) && text.length - kept.length === droppedBytes, `${droppedBytes} of ${text.length}`)
      assert.ok(logSizes(path).length <= keep + 1)
      if (keep > 0) assert.ok(kept.length > bytes / 2, `${kept.length} bytes are kept`)
    }
  })

  it('goes on being counted over attempts, also where nothing was written down before', async () => {
    const { path } = await bounded(textOf(20_000), 64 * kibibyte, 2)
    const before = readLogCuts(path)
    assert.ok(before.droppedBytes > 0)
    rmSync(`${path}.cut`)
    assert.equal(readLogCuts(path).movedBytes, before.movedBytes - before.droppedBytes)
    appendFileSync(path, textOf(10_000))
    const bounds = new LogBounds()
    const limit = { bytes: 64 * kibibyte, keep: 2 }
    bounds.add({ streams: [{ kind: 'file', path, append: true, limit }] })
    await until('it is short again', () => statSync(path).size <= limit.bytes && !readLogCuts(path).isUnderWay)
    bounds.close()
    const { movedBytes, droppedBytes } = readLogCuts(path)
    assert.equal(
      movedBytes - droppedBytes,
      logSizes(path)
        .slice(1)
        .reduce((a, b) => a + b, 0),
    )
  })
})

describe('output of a program that is started again at once', () => {
  it('is moved away once, though the move was not done when the first one ended', async () => {
    const path = join(folder, `again${++count}`)
    const text = textOf(300_000)
    writeFileSync(path, text)
    const bounds = new LogBounds((trouble) => assert.fail(trouble))
    const limit = { bytes: 64 * kibibyte, keep: 400 }
    const program = { streams: [{ kind: 'file', path, append: true, limit } as const] }
    bounds.add(program)
    for (let starts = 0; starts < 20; starts++) {
      await until('it is being moved', () => readLogCuts(path).movedBytes > starts * limit.bytes)
      bounds.remove(program)
      bounds.add(program)
    }
    await until('it is short', () => statSync(path).size <= limit.bytes && !readLogCuts(path).isUnderWay)
    bounds.remove(program)
    await bounds.settled()
    const kept = keptOf(path)
    assert.ok(kept === text, `${kept.length} of ${text.length} bytes are kept`)
    assert.deepEqual([readLogCuts(path).droppedBytes, existsSync(`${path}.new`)], [0, false])
  })

  it('is cut to its limit after the last end, also when it grew meanwhile', async () => {
    const path = join(folder, `last${++count}`)
    const bounds = new LogBounds((trouble) => assert.fail(trouble))
    const limit = { bytes: 64 * kibibyte, keep: 400 }
    const program = { streams: [{ kind: 'file', path, append: true, limit } as const] }
    writeFileSync(path, textOf(100_000))
    bounds.add(program)
    await until('it is being moved', () => readLogCuts(path).movedBytes > 0)
    bounds.remove(program)
    appendFileSync(path, textOf(100_000, 100_000))
    await bounds.settled()
    assert.ok(keptOf(path) === textOf(200_000))
    assert.ok(statSync(path).size <= limit.bytes)
  })
})
