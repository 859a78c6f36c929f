// What a clock has learnt survives power-off: its drift file holds the frequency and what the hardware clock is off by.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDriftFile, simulateClock, writeDriftFile } from 'lanework/services/time'

const folder = await mkdtemp(join(tmpdir(), 'clock-'))
const path = join(folder, 'drift')
const first = simulateClock({ seed: 3, seconds: 3_600 })
await writeDriftFile(path, first.clock.record())

const drift = await readDriftFile(path)
const machine = {
  seconds: 3,
  every: 0.001,
  startNs: first.machine.trueNs,
  offset: Number(drift?.wallLessTimeNs ?? 0n) / 1e9,
  frequency: first.machine.frequency,
}
for (const [what, options] of [
  ['without the file', {}],
  ['with it', { drift }],
] as const) {
  const { moments } = simulateClock({ seed: 5, ...machine, ...options })
  const before = Math.abs(moments[0]?.error ?? Infinity)
  const frequency = Math.abs(moments[0]?.frequencyError ?? Infinity)
  const bound = moments.find(({ at }) => at >= 1.9)?.bound ?? Infinity
  console.log(`${what}: before any answer ${before < 0.01 ? 'within 10 ms' : `off by ${before.toFixed(2)} s`}`)
  console.log(
    `  frequency known to ${(frequency * 1e6).toFixed(0)} ppm; after 2 s it claims ${(bound * 1e3).toFixed(1)} ms`,
  )
}
await rm(folder, { recursive: true })
