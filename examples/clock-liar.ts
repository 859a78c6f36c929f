// Four servers, and one of them lies: whom does a clock believe?
import { simulateClock } from 'lanework/services/time'

const honest = ['anna', 'bert', 'cleo'].map((name) => ({ name, delay: 0.005, jitter: 0.001 }))
for (const lie of [60, 0.2, 0.001]) {
  const liar = { name: 'liar', delay: 0.005, jitter: 0.001, lie: () => lie }
  const { clock, moments } = simulateClock({ seed: 4, seconds: 600, servers: [...honest, liar] })
  const off = Math.abs(moments.at(-1)?.error ?? Infinity)
  const verdict = clock.sources.find(({ name }) => name === 'liar')?.verdict
  console.log(`a lie of ${lie} s: ${verdict}; the clock is off by less than 1 ms: ${off < 1e-3}`)
}
const liars = ['liar', 'lair'].map((name) => ({ name, lie: () => 60 }))
const { clock } = simulateClock({ seed: 4, seconds: 60, servers: [...honest.slice(0, 2), ...liars], atLeast: 3 })
console.log('two of four lie alike: synchronised:', clock.synchronised)
