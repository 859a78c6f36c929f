/** What a switch costs here, kept in a folder: measured once, and used by forecasts and reports from then on. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../../core/index.ts'
import type { SwitchMeasure } from './measure.ts'

/** More than this is no switch. */
const mostMs = 1_000

/** Writes `switch-cost.json` into the folder, which is made if need be. Throws JOURNAL_NOT_WRITTEN. */
export function saveSwitchCost(folder: string, measure: SwitchMeasure): string {
  const path = join(folder, 'switch-cost.json')
  const fresh = `${path}.${randomUUID()}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(fresh, `${JSON.stringify(measure)}\n`, { mode: 0o600 })
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw fail('JOURNAL_NOT_WRITTEN', { path, reason: (error as Error).message })
  }
  return path
}

/** `contextSwitchMs` of what was saved there; 0 where nothing was, or nothing that makes sense. */
export function savedSwitchMs(folder: string): number {
  try {
    const saved = JSON.parse(readFileSync(join(folder, 'switch-cost.json'), 'utf8')) as Partial<SwitchMeasure> | null
    const ms: unknown = saved?.contextSwitchMs
    return typeof ms === 'number' && ms >= 0 && ms <= mostMs ? ms : 0
  } catch {
    return 0
  }
}
