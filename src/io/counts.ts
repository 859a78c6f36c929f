/** What a datagram socket counts, at its start. */
import type { DatagramCounts } from './types.ts'

export function newDatagramCounts(): DatagramCounts {
  return {
    received: 0,
    receivedBytes: 0,
    truncated: 0,
    receiveDropped: 0,
    sent: 0,
    sentBytes: 0,
    sendDropped: 0,
    sendFailed: 0,
    batches: 0,
  }
}
