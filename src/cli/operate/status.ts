/** `lanework status`: every program that serves, or one, as tables, JSON or metrics. */
import type { ProgramStatus } from '../../server/index.ts'
import { print, remark } from '../output.ts'
import type { StatusFlags } from './command.ts'
import { statusText, type Look } from './status-view.ts'
import { findTargets, withOperator, type Operator } from './target.ts'

/** Rates are taken over so long. */
const rateMs = 250

export async function statusCommand(wanted: string | undefined, flags: StatusFlags): Promise<void> {
  const paths = await findTargets(wanted, flags)
  if (flags.metrics === true && paths.length > 1) {
    remark(`lanework: ${paths.length} programs run; scrape each on its own (\`lanework status PID --metrics\`)`)
  }
  for (const [index, path] of paths.entries()) {
    await withOperator(path, async (operator) => {
      if (flags.metrics === true) process.stdout.write(await operator.call('metrics'))
      else if (flags.json === true) print(flags, await operator.call('status'), '')
      else print(flags, {}, `${index === 0 ? '' : '\n'}${statusText(await lookTwice(operator))}`)
    })
  }
}

async function lookTwice(operator: Operator): Promise<Look> {
  let before: ProgramStatus | undefined
  let startedMs = 0
  for await (const now of operator.stream('watch', { intervalMs: rateMs })) {
    const nowMs = performance.now()
    if (before !== undefined) return { now, before, sinceMs: nowMs - startedMs }
    before = now
    startedMs = nowMs
  }
  // It stopped meanwhile.
  return { now: before as ProgramStatus, before: undefined, sinceMs: 0 }
}
