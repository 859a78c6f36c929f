/** A datagram socket's own counts, carried over into a listener's: that socket may be gone tomorrow, the listener's go on. */
import { newDatagramCounts, type DatagramCounts } from '../io/index.ts'
import { measureAt } from './measures.ts'

export class SocketCounts {
  readonly #cells: Float64Array
  readonly #counts: DatagramCounts
  readonly #carried: DatagramCounts = newDatagramCounts()

  constructor(cells: Float64Array, counts: DatagramCounts) {
    this.#cells = cells
    this.#counts = counts
  }

  /** Adds what is new. Written out, as it runs once a batch. */
  carry(): void {
    const cells = this.#cells
    const now = this.#counts
    const then = this.#carried
    if (now.batches !== then.batches) add(cells, measureAt.socketBatches, now.batches - then.batches)
    if (now.received !== then.received) {
      add(cells, measureAt.socketReceived, now.received - then.received)
      add(cells, measureAt.socketReceivedBytes, now.receivedBytes - then.receivedBytes)
    }
    if (now.sent !== then.sent) {
      add(cells, measureAt.socketSent, now.sent - then.sent)
      add(cells, measureAt.socketSentBytes, now.sentBytes - then.sentBytes)
    }
    if (now.truncated !== then.truncated) add(cells, measureAt.socketTruncated, now.truncated - then.truncated)
    if (now.receiveDropped !== then.receiveDropped) {
      add(cells, measureAt.socketReceiveDropped, now.receiveDropped - then.receiveDropped)
    }
    if (now.sendDropped !== then.sendDropped) {
      add(cells, measureAt.socketSendDropped, now.sendDropped - then.sendDropped)
    }
    if (now.sendFailed !== then.sendFailed) add(cells, measureAt.socketSendFailed, now.sendFailed - then.sendFailed)
    then.batches = now.batches
    then.received = now.received
    then.receivedBytes = now.receivedBytes
    then.sent = now.sent
    then.sentBytes = now.sentBytes
    then.truncated = now.truncated
    then.receiveDropped = now.receiveDropped
    then.sendDropped = now.sendDropped
    then.sendFailed = now.sendFailed
  }
}

function add(cells: Float64Array, index: number, amount: number): void {
  cells[index] = (cells[index] as number) + amount
}
