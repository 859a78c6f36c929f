/** Reports of several lanes as one. */
import type { DrainReport } from '../types.ts'

/** Of a lane that had nothing to tell. */
export const noReport: DrainReport = {
  finished: 0,
  aborted: 0,
  connectionsClosed: 0,
  connectionsAborted: 0,
  bytesDropped: 0,
  bytesUnhandled: 0,
  datagramsUnhandled: 0,
  tookMs: 0,
}

/** Sums, and the longest time. */
export function addReports(reports: readonly DrainReport[]): DrainReport {
  const sum = { ...noReport } as Record<keyof DrainReport, number>
  for (const report of reports) {
    for (const [name, value] of Object.entries(report) as [keyof DrainReport, number][]) {
      sum[name] = name === 'tookMs' ? Math.max(sum[name], value) : sum[name] + value
    }
  }
  return sum as DrainReport
}
