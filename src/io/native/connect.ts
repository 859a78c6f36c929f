/** Opens a native stream connection: a non-blocking connect(2), awaited with a time limit. */
import { fail } from '../../core/index.ts'
import { Poll, readable, writable, errnoName, type Native } from '../../native/index.ts'
import { formatAddress, isInternet, type Address } from '../address.ts'
import { checkStatus, systemError } from '../system-error.ts'
import type { ConnectOptions, StreamConnection } from '../types.ts'
import { NativeConnection } from './connection.ts'
import { toRecord } from './record.ts'
import { openSocket, setOption } from './socket.ts'
import { streamEngine, wantRead } from './stream-engine.ts'

/** A Unix listener whose backlog is full says EAGAIN and gives no event when that changes. */
const backlogRetryMs = 10

export async function connectNative(
  native: Native,
  address: Address,
  options: ConnectOptions,
): Promise<StreamConnection> {
  checkSignal(address, options)
  const record = toRecord(native, address)
  const fd = await openSocket(native, address, async (opened) => {
    if (options.receiveBufferBytes !== undefined) {
      setOption(native, opened, native.SOL_SOCKET, native.SO_RCVBUF, options.receiveBufferBytes, address)
    }
    await establish(native, opened, record, address, options)
    if (isInternet(address) && options.noDelay !== false) {
      setOption(native, opened, native.IPPROTO_TCP, native.TCP_NODELAY, 1, address)
    }
  })
  const engine = streamEngine(native)
  const connection = new NativeConnection(engine, fd, record, address.scheme === 'unix' ? 'unix' : 'tcp')
  checkStatus(engine.watch(fd, 0, wantRead), { syscall: 'epoll_ctl', address })
  return connection
}

async function establish(
  native: Native,
  fd: number,
  record: Buffer,
  address: Address,
  options: ConnectOptions,
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? 10_000
  const deadline = performance.now() + timeoutMs
  let status = native.connect(fd, record)
  while (status < 0 && errnoName(status) === 'EAGAIN') {
    if (performance.now() > deadline) throw fail('CONNECT_TIMEOUT', { address: formatAddress(address), timeoutMs })
    await new Promise((resolve) => setTimeout(resolve, backlogRetryMs))
    checkSignal(address, options)
    status = native.connect(fd, record)
  }
  if (status >= 0) return
  if (errnoName(status) !== 'EINPROGRESS') checkStatus(status, { syscall: 'connect', address })
  await untilWritable(native, fd, address, options, timeoutMs)
  const error = native.getOption(fd, native.SOL_SOCKET, native.SO_ERROR)
  if (error !== 0) throw systemError(errnoName(-error), { syscall: 'connect', address })
}

function checkSignal(address: Address, { signal }: ConnectOptions): void {
  if (signal?.aborted === true) throw fail('ABORTED', { what: `Connecting to ${formatAddress(address)}` })
}

function untilWritable(
  native: Native,
  fd: number,
  address: Address,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      poll.close()
      if (error === undefined) resolve()
      else reject(error)
    }
    const onAbort = (): void => finish(fail('ABORTED', { what: `Connecting to ${formatAddress(address)}` }))
    const timer = setTimeout(
      () => finish(fail('CONNECT_TIMEOUT', { address: formatAddress(address), timeoutMs })),
      timeoutMs,
    )
    const poll = new Poll(native, fd, readable | writable, () => finish())
    options.signal?.addEventListener('abort', onAbort, { once: true })
    if (options.signal?.aborted === true) onAbort()
  })
}
