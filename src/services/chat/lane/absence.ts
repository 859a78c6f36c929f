/** The owner's absence, as a lane's members are told of it: most owners are back before anybody would have noticed. */
import type { Clock, Timer } from '../../../core/index.ts'
import type { ConnectionState } from './front.ts'

/** The owner is away for so long before members are told. */
const noticeMs = 1_500

export class Absence {
  readonly #clock: Clock
  readonly #tell: (state: ConnectionState) => void
  #sinceMs: number | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, tell: (state: ConnectionState) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  begins(): void {
    this.#timer ??= this.#clock.after(noticeMs, () => this.#tell('lost'))
    this.#sinceMs ??= this.#clock.monotonicMs()
  }

  ends(): void {
    if (this.#sinceMs === undefined) return
    const wasTold = this.#clock.monotonicMs() - this.#sinceMs >= noticeMs
    this.close()
    this.#sinceMs = undefined
    this.#tell(wasTold ? 'back' : 'blink')
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
