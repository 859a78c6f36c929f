/** Ctrl-C while a batch runs: once cancels what is left, with grace; twice kills it, as cancelling a second time does. */
import type { Batch } from '../../batch/index.ts'
import { remark } from '../output.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Interruption {
  /** How often somebody asked for an end. */
  count = 0
  /** Says something where it does not disturb a picture. */
  say: (text: string) => void = remark
  #batch: Batch | undefined
  readonly #hear = (): void => this.interrupt()

  constructor() {
    for (const signal of signals) process.on(signal, this.#hear)
  }

  /** The batch that it is about from now on. */
  takes(batch: Batch | undefined): void {
    this.#batch = batch
  }

  interrupt(): void {
    this.count++
    const batch = this.#batch
    if (batch === undefined) return
    this.say(this.count === 1 ? 'cancelling what is left; once more kills it' : 'killing')
    batch.act({ kind: 'cancel' }, { all: true }).catch((error: Error) => this.say(`lanework: ${error.message}`))
  }

  end(): void {
    for (const signal of signals) process.off(signal, this.#hear)
  }
}
