// How often may one speak? So many messages in any window of time, by the times of their last ones.
import { SlidingWindow } from 'lanework'

const limit = new SlidingWindow({ limit: 3, windowMs: 1_000 })
for (const atMs of [0, 200, 400, 600, 900, 1_100, 1_150, 1_250]) {
  console.log(`${atMs} ms: ${limit.take(atMs) ? 'heard' : 'too many'}`)
}
