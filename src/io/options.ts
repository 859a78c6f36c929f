/** Checks of socket options where they are given: a misspelt key or a wrong number is OPTION_INVALID, and nothing is opened. */
import { checkInteger, checkKnownKeys } from '../core/index.ts'
import type { DatagramOptions, ListenOptions, SocketOptions } from './types.ts'

const largestBuffer = 1_073_741_824

const socketKeys: readonly (keyof SocketOptions)[] = [
  'receiveBufferBytes',
  'sendBufferBytes',
  'reusePort',
  'descriptor',
]
const datagramKeys: readonly (keyof DatagramOptions)[] = [
  ...socketKeys,
  'messageBytes',
  'broadcast',
  'ipv6Only',
  'multicast',
  'reuseAddress',
  'queueBytes',
  'batchBytes',
  'timestamps',
]
const listenKeys: readonly (keyof ListenOptions)[] = [
  ...socketKeys,
  'backlog',
  'noDelay',
  'reuseAddress',
  'acceptBatch',
  'mode',
]

export function checkDatagramOptions(options: DatagramOptions): void {
  checkKnownKeys('datagram', options, datagramKeys)
  checkSocketOptions(options)
  checkOptional('messageBytes', options.messageBytes, 1, 1_048_576)
  checkOptional('queueBytes', options.queueBytes, 0, largestBuffer)
  checkOptional('batchBytes', options.batchBytes, 512, largestBuffer)
}

export function checkListenOptions(options: ListenOptions): void {
  checkKnownKeys('stream', options, listenKeys)
  checkSocketOptions(options)
  checkOptional('backlog', options.backlog, 0, 65_535)
  checkOptional('acceptBatch', options.acceptBatch, 1, 1_024)
  checkOptional('mode', options.mode, 0, 0o777)
}

function checkSocketOptions(options: SocketOptions): void {
  checkOptional('receiveBufferBytes', options.receiveBufferBytes, 1, largestBuffer)
  checkOptional('sendBufferBytes', options.sendBufferBytes, 1, largestBuffer)
  checkOptional('descriptor', options.descriptor, 0, 2 ** 31 - 1)
}

function checkOptional(option: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined) checkInteger(option, value, least, most)
}
