// Two jobs on one thread take turns; on two lanes they run at the same instant, if there are two CPUs. The times tell.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, cpuCount } from 'lanework/process'
import { steps, twoAtOnce, type Span } from './tasks/work.ts'

/** For how long something of both happened. */
function together(a: Span[], b: Span[]): number {
  const common = a.flatMap((x) => b.map((y) => Math.min(x.end, y.end) - Math.max(x.begin, y.begin)))
  return common.reduce((sum, ms) => sum + Math.max(0, ms), 0)
}

function fromFirstToLast(stretches: Span[]): Span[] {
  return [{ begin: stretches[0]?.begin ?? 0, end: stretches.at(-1)?.end ?? 0 }]
}

function report(where: string, a: Span[], b: Span[]): void {
  console.log(`${where}: in progress together: ${together(fromFirstToLast(a), fromFirstToLast(b)) > 20}`)
  console.log(`${where}: at the same instant: ${together(a, b) > 2}`)
}

const pool = new Pool({ lanes: 2, initializer: steps, initialArgs: [1] }).start()
while (pool.lanes.some(({ state }) => state === 'starting')) await sleep(5)

const [a = [], b = []] = await pool.run(twoAtOnce, [20])
report('one lane', a, b)

// Where other programs want the CPUs too, one try may not be enough.
const untilMs = performance.now() + 20_000
let [c, d]: [Span[], Span[]] = [[], []]
do [c, d] = await Promise.all([pool.run(steps, [25]), pool.run(steps, [25])])
while (together(c, d) <= 2 && cpuCount() > 1 && performance.now() < untilMs)
report('two lanes', c, d)
console.log(cpuCount() === 1 ? 'there is only one CPU for us' : 'there is more than one CPU')
await pool.close()
