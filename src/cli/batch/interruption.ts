/**
 * Ctrl-C while a batch runs: once cancels what is left, with grace; twice kills it, as cancelling a second time does. A terminal that
 * was closed and a reader that has gone cancel too, and never kill: they come as several signals and errors, and nobody pressed twice.
 */
import type { Batch } from '../../batch/index.ts'
import { whenOutputIsLost } from '../lost-output.ts'
import { remark } from '../output.ts'

const signals = ['SIGINT', 'SIGTERM'] as const

export class Interruption {
  /** How often somebody asked for an end. */
  count = 0
  /** Nobody sees what is drawn any more. */
  isUnseen = false
  /** Says something where it does not disturb a picture. */
  say: (text: string) => void = remark
  #batch: Batch | undefined
  #cancels = 0
  readonly #hear = (): void => this.interrupt()
  readonly #hearHangUp = (): void => this.hangUp()

  constructor() {
    for (const signal of signals) process.on(signal, this.#hear)
    process.on('SIGHUP', this.#hearHangUp)
    whenOutputIsLost(() => {
      this.isUnseen = true
      this.hangUp()
    })
  }

  /** The batch that it is about from now on, with its jobs; they are cancelled where somebody asked for it before. */
  takes(batch: Batch | undefined): void {
    this.#batch = batch
    this.#cancels = 0
    if (this.count > 0) this.#cancel()
  }

  interrupt(): void {
    this.count++
    if (this.#batch === undefined) this.say('ending; nothing more starts')
    else this.#cancel()
  }

  hangUp(): void {
    if (this.count === 0) this.interrupt()
  }

  end(): void {
    for (const signal of signals) process.off(signal, this.#hear)
    process.off('SIGHUP', this.#hearHangUp)
  }

  #cancel(): void {
    const batch = this.#batch
    if (batch === undefined) return
    this.#cancels++
    this.say(this.#cancels === 1 ? 'cancelling what is left; once more kills it' : 'killing')
    batch.act({ kind: 'cancel' }, { all: true }).catch((error: Error) => this.say(`lanework: ${error.message}`))
  }
}
