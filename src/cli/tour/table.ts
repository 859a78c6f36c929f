/**
 * The tour as data, and the only place where it is written down: `lanework tour` runs these rows, docs/course.md is
 * generated from them, and test/examples/tour.test.ts checks what each of them claims.
 */
import type { TourRow, TourSection } from './row.ts'
import { batchRows, batchSections } from './table-batch.ts'
import { chatRows, chatSections } from './table-chat.ts'
import { clockRows, clockSections } from './table-clock.ts'
import { processRows, processSections } from './table-processes.ts'
import { schedulingRows, schedulingSections } from './table-scheduling.ts'
import { socketRows, socketSections } from './table-sockets.ts'
import { dnsRows, dnsSections } from './table-dns.ts'
import { lanesRows, lanesSections } from './table-lanes.ts'
import { ntpRows, ntpSections } from './table-ntp.ts'
import { socketserverRows, socketserverSections } from './table-socketserver.ts'
import { spaceRows, spaceSections } from './table-space.ts'
import { timeRows, timeSections } from './table-time.ts'

export const tourSections: readonly TourSection[] = [
  ...socketSections,
  ...socketserverSections,
  ...lanesSections,
  ...timeSections,
  ...ntpSections,
  ...clockSections,
  ...chatSections,
  ...dnsSections,
  ...processSections,
  ...schedulingSections,
  ...batchSections,
  ...spaceSections,
]
export const tourRows: readonly TourRow[] = [
  ...socketRows,
  ...socketserverRows,
  ...lanesRows,
  ...timeRows,
  ...ntpRows,
  ...clockRows,
  ...chatRows,
  ...dnsRows,
  ...processRows,
  ...schedulingRows,
  ...batchRows,
  ...spaceRows,
]

/** Every row is tested by one file; its tests are named by the titles. */
export const tourTest = 'test/examples/tour.test.ts'

export function commandOf(row: TourRow): string {
  return `npx lanework tour ${row.name}`
}

export function sourceOf(row: TourRow): string {
  return `examples/${row.name}.ts`
}

/** The module of its tasks, if it has one. */
export function tasksOf(row: TourRow): string | undefined {
  return row.tasks === undefined ? undefined : `examples/tasks/${row.tasks}.ts`
}

export function pictureOf(row: TourRow): string | undefined {
  return row.picture === undefined ? undefined : `docs/pictures/${row.picture.file}`
}
