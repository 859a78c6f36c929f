/** What a pool counts. */
import { Histogram } from '../../core/index.ts'
import type { DeathReason } from '../death.ts'

export class Measures {
  submitted: number = 0
  fulfilled: number = 0
  rejected: number = 0
  retried: number = 0
  recycled: number = 0
  readonly waitUs: Histogram = new Histogram()
  readonly runUs: Histogram = new Histogram()
  readonly deaths: Partial<Record<DeathReason, number>> = {}

  countDeath(reason: DeathReason): void {
    this.deaths[reason] = (this.deaths[reason] ?? 0) + 1
  }
}
