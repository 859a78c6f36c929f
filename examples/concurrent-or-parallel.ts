// Two jobs on one thread take turns; on two lanes they run at the same instant, if there are two CPUs. The times tell.
import { Pool, cpuCount } from 'lanework/process'
import { steps, twoAtOnce, type Span } from './tasks/work.ts'

const pool = new Pool({ lanes: 2 })

/** How long something of both happened at once. */
function together(a: Span[], b: Span[]): number {
  const common = a.flatMap((x) => b.map((y) => Math.min(x.end, y.end) - Math.max(x.begin, y.begin)))
  return common.reduce((sum, ms) => sum + Math.max(0, ms), 0)
}

function whole(stretches: Span[]): Span[] {
  return [{ begin: stretches[0]?.begin ?? 0, end: stretches.at(-1)?.end ?? 0 }]
}

const [a = [], b = []] = await pool.run(twoAtOnce, [20])
console.log(`one lane: in progress together: ${together(whole(a), whole(b)) > 20}`)
console.log(`one lane: at the same instant: ${together(a, b) > 5}`)

const [c = [], d = []] = await Promise.all([pool.run(steps, [60]), pool.run(steps, [60])])
const parallel = together(c, d) > 5
console.log(`two lanes: in progress together: ${together(whole(c), whole(d)) > 20}`)
console.log(`two lanes: at the same instant: ${parallel}${cpuCount() === 1 ? ', there is one CPU' : ''}`)
await pool.close()
