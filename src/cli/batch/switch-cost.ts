/** `lanework batch switch-cost`: what a context switch costs on this machine; forecasts and reports reckon with it from then on. */
import { measureSwitch, saveSwitchCost, type SwitchMeasure } from '../../batch/index.ts'
import { print, remark, table } from '../output.ts'
import { batchFolder } from './connect.ts'
import type { BatchFlags } from './flags.ts'

export interface SwitchFlags extends BatchFlags {
  readonly cpu?: number
}

export async function switchCostCommand(flags: SwitchFlags): Promise<void> {
  const measure = await measureSwitch({ cpu: flags.cpu })
  print(flags, measure, switchText(measure))
  remark(`written: ${saveSwitchCost(batchFolder(flags), measure)}`)
}

export function switchText({
  cpu,
  directUs,
  cacheUs,
  workingSetBytes,
  sliceUs,
  contextSwitchMs,
}: SwitchMeasure): string {
  const kib = Math.round(workingSetBytes / 1_024)
  return table([
    [`on CPU ${cpu}`, ''],
    ['from one process to another', us(directUs)],
    [`the same, with ${kib} KiB in the cache of each`, us(cacheUs)],
    ['lost between two slices of a batch', `${us(sliceUs.p50)}; 99 of 100 below ${us(sliceUs.p99)}`],
    ['forecasts and reports reckon with', us(contextSwitchMs * 1_000)],
  ])
}

function us(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} µs`
}
