/**
 * What one command is answered with (IRCv3 labeled-response): nothing is `ACK`, one line carries the label, more are a batch that
 * carries it. The batch opens with the second line, so an answer of any length is sent as it is made.
 */
import { cap } from './caps.ts'
import { formatMessage, type Line } from './wire/message.ts'

/** Where lines go, and what the peer understands. */
export interface LineSink {
  readonly caps: number
  readonly server: string
  /** One line, without its ending. */
  write(line: string): void
  newBatchId(): string
}

export class Response {
  readonly #sink: LineSink
  #label: string | undefined
  #held: Line | undefined
  /** Batches that are open, the innermost last; undefined for one that the peer does not understand. */
  readonly #batches: (string | undefined)[] = []
  #isLabelBatch = false

  constructor(sink: LineSink, label: string | undefined) {
    this.#sink = sink
    this.#label = label
  }

  /** A line of the answer. */
  send(line: Line): void {
    if (this.#label === undefined) return this.#write(line)
    if (this.#held === undefined) {
      this.#held = line
      return
    }
    const first = this.#held
    this.#held = undefined
    this.#isLabelBatch = true
    this.openBatch('labeled-response')
    this.#write(first)
    this.#write(line)
  }

  /** What follows is one batch, until `closeBatch`. Where it is the whole answer it carries the label itself. */
  openBatch(type: string, ...params: string[]): void {
    if (this.#held !== undefined) {
      const first = this.#held
      this.#held = undefined
      this.#isLabelBatch = true
      this.openBatch('labeled-response')
      this.#write(first)
    }
    if ((this.#sink.caps & cap.batch) === 0) {
      this.#batches.push(undefined)
      return
    }
    const id = this.#sink.newBatchId()
    const tags = this.#label === undefined ? [] : [['label', this.#label] as const]
    this.#label = undefined
    this.#write({ tags, source: this.#sink.server, command: 'BATCH', params: [`+${id}`, type, ...params] })
    this.#batches.push(id)
  }

  closeBatch(): void {
    const id = this.#batches.pop()
    if (id === undefined) return
    this.#write({ source: this.#sink.server, command: 'BATCH', params: [`-${id}`] })
  }

  /** The command is done. */
  end(): void {
    if (this.#isLabelBatch) this.closeBatch()
    if (this.#label === undefined) return
    const only = this.#held ?? { source: this.#sink.server, command: 'ACK' }
    this.#sink.write(formatMessage({ ...only, tags: [['label', this.#label], ...(only.tags ?? [])] }))
  }

  #write(line: Line): void {
    const batch = this.#batches.at(-1)
    this.#sink.write(
      formatMessage(batch === undefined ? line : { ...line, tags: [['batch', batch], ...(line.tags ?? [])] }),
    )
  }
}
