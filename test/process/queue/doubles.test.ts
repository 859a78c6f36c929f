/** Millions of doubles go round a ring: out of one process, through another, and back here, each as it was and in order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nativeStatus } from '#lanework/native/index.js'
import { Process, Queue } from '#lanework/process/index.js'
import { batchAt, DoubleSource, passDoubles, putDoubles } from './doubles.ts'

const count = nativeStatus().available ? 3_000_000 : 300_000

test(`${count} doubles pass through two processes and come back as they were`, async () => {
  using there = new Queue({ of: Float64Array, capacity: 4_096 })
  using back = new Queue({ of: Float64Array, capacity: 1_000 })
  const putter = await new Process(putDoubles, [there, count]).start()
  const passer = await new Process(passDoubles, [there, back, count]).start()
  const expected = new DoubleSource()
  let got = 0
  for (let round = 0; got < count; round++) {
    const batch = await back.getMany(batchAt(round))
    assert.ok(batch instanceof Float64Array)
    for (const double of batch) {
      if (!Object.is(double, expected.next())) assert.fail(`double ${got} arrived as ${double}`)
      got += 1
    }
  }
  assert.equal(got, count)
  await assert.rejects(back.get(), { code: 'CLOSED' })
  assert.equal(await passer.result(), count)
  await putter.result()
  assert.equal(there.qsize(), 0)
})
