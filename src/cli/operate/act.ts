/** `lanework reload`, `drain`, `stop` and `upgrade`: one call each, and what came of it. */
import type { DrainReport, Limits } from '../../server/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { print } from '../output.ts'
import type { TargetFlags } from './command.ts'
import { findTarget, withOperator } from './target.ts'

export async function reloadCommand(
  wanted: string | undefined,
  flags: TargetFlags,
  limits: Partial<Limits> | undefined,
): Promise<void> {
  const path = await findTarget(wanted, flags)
  const reloaded = await withOperator(path, (operator) =>
    operator.call('reload', limits === undefined ? {} : { limits }),
  )
  const text = reloaded.map(
    ({ service, generation, lanes, tookMs }) =>
      `${visibleText(service)}: generation ${generation} serves, ${lanes} lanes, after ${Math.round(tookMs)} ms`,
  )
  print(flags, { reloaded }, text.join('\n'))
}

export async function drainCommand(
  wanted: string | undefined,
  flags: TargetFlags,
  deadlineMs: number | undefined,
): Promise<void> {
  const path = await findTarget(wanted, flags)
  const params = deadlineMs === undefined ? {} : { deadlineMs }
  const drained = await withOperator(path, (operator) => operator.call('drain', params))
  const text = drained.map(({ service, report }) => `${visibleText(service)}: ${drainText(report)}`)
  print(flags, { drained }, text.join('\n'))
}

function drainText(report: DrainReport): string {
  const { finished, aborted, connectionsClosed, connectionsAborted, tookMs } = report
  const lost = [
    [report.bytesDropped, 'bytes of replies not sent'],
    [report.bytesUnhandled, 'bytes received and not handled'],
    [report.datagramsUnhandled, 'datagrams not handled'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
  const done = `${finished} finished, ${aborted} aborted; connections: ${connectionsClosed} closed, ${connectionsAborted} cut off`
  return `${done}; ${lost.length === 0 ? 'nothing lost' : lost.join(', ')}; ${Math.round(tookMs)} ms`
}

export async function stopCommand(wanted: string | undefined, flags: TargetFlags): Promise<void> {
  const path = await findTarget(wanted, flags)
  const pid = await withOperator(path, async (operator) => {
    await operator.call('stop')
    return operator.serverPid
  })
  print(flags, { stopped: pid }, `stopped (pid ${pid})`)
}

export async function upgradeCommand(wanted: string | undefined, flags: TargetFlags): Promise<void> {
  const path = await findTarget(wanted, flags)
  const upgraded = await withOperator(path, (operator) => operator.call('upgrade'))
  print(flags, { upgraded }, `upgraded: pid ${upgraded.pid} serves, after ${upgraded.tookMs} ms; the old one drains`)
}
