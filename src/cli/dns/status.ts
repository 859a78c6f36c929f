/** `lanework dns status`: the zones of a server that runs, and what it has answered. */
import { visibleText } from '../../schedule/index.ts'
import type { StatisticsRow, ZoneStatus } from '../../services/dns/index.ts'
import type { TargetFlags } from '../operate/command.ts'
import { findTarget, withOperator } from '../operate/target.ts'
import { print, table } from '../output.ts'

export interface StatusFlags extends TargetFlags {
  /** Most rows of each table. */
  readonly limit: number
}

export async function statusCommand(wanted: string | undefined, flags: StatusFlags): Promise<void> {
  const path = await findTarget(wanted ?? 'dns', flags)
  const call = (method: string): Promise<unknown> =>
    withOperator(path, (operator) => operator.call('call', { method, service: 'dns' }))
  const zones = (await call('zones')) as readonly ZoneStatus[]
  const statistics = (await call('statistics')) as readonly StatisticsRow[]
  print(flags, { zones, statistics }, textOf(zones, statistics, flags.limit))
}

function textOf(zones: readonly ZoneStatus[], statistics: readonly StatisticsRow[], limit: number): string {
  const odd = zones.flatMap(({ zone, file, problem, warning }) => {
    const name = zone === '' ? (file ?? '') : zone
    return [
      ...(problem === undefined ? [] : [`${name}: ${problem}`]),
      ...(warning === undefined ? [] : [`${name}: ${warning}`]),
    ]
  })
  const parts = [
    table([['zone', 'view', 'serial', 'names', 'records', 'file'], ...zones.slice(0, limit).map(zoneRow)]),
    left(zones.length, limit, 'zones'),
    odd.map(visibleText).join('\n'),
    table([['transport', 'type', 'code', 'answers'], ...statistics.slice(0, limit).map(answerRow)]),
    left(statistics.length, limit, 'kinds of answers'),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function zoneRow({ zone, view, serial, names, records, file }: ZoneStatus): string[] {
  const shown = zone === '' ? '(none)' : visibleText(zone)
  return [
    shown,
    view === 0 ? '-' : String(view),
    String(serial),
    String(names),
    String(records),
    visibleText(file ?? '-'),
  ]
}

function answerRow({ transport, type, rcode, answers }: StatisticsRow): string[] {
  return [transport, type, rcode, String(answers)]
}

function left(count: number, limit: number, what: string): string {
  return count > limit ? `${count - limit} more ${what}; --limit shows more` : ''
}
