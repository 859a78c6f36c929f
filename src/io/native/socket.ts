/** Opens, configures and binds a descriptor; every failure closes it again and names the address. */
import { chmodSync } from 'node:fs'

import { errnoName, type Native } from '../../native/index.ts'
import { formatAddress, isInternet, type Address } from '../address.ts'
import { checkStatus, systemError } from '../system-error.ts'
import { removeStaleSocket } from '../unix-path.ts'
import type { SocketOptions } from '../types.ts'
import { familyOf, fromRecord, toRecord } from './record.ts'

/** Makes a descriptor for the address's family and runs `setUp` on it; closes it when that throws. */
export async function openSocket(
  native: Native,
  address: Address,
  setUp: (fd: number) => void | Promise<void>,
): Promise<number> {
  const stream = address.scheme === 'tcp' || address.scheme === 'unix'
  const fd = checkStatus(native.socket(familyOf(address), stream ? 1 : 0), { syscall: 'socket', address })
  try {
    await setUp(fd)
    return fd
  } catch (error) {
    native.close(fd)
    throw error
  }
}

export function setOption(
  native: Native,
  fd: number,
  level: number,
  name: number,
  value: number,
  address: Address,
): void {
  checkStatus(native.setOption(fd, level, name, value), { syscall: 'setsockopt', address })
}

export function applySocketOptions(native: Native, fd: number, address: Address, options: SocketOptions): void {
  const level = native.SOL_SOCKET
  if (options.receiveBufferBytes !== undefined) growReceiveBuffer(native, fd, options.receiveBufferBytes, address)
  if (options.sendBufferBytes !== undefined) {
    setOption(native, fd, level, native.SO_SNDBUF, options.sendBufferBytes, address)
  }
  if (options.reusePort === true && isInternet(address)) {
    setOption(native, fd, level, native.SO_REUSEPORT, 1, address)
  }
}

/** Past net.core.rmem_max where this process may (CAP_NET_ADMIN); elsewhere the kernel clamps without a word. */
function growReceiveBuffer(native: Native, fd: number, bytes: number, address: Address): void {
  if (native.setOption(fd, native.SOL_SOCKET, native.SO_RCVBUFFORCE, bytes) >= 0) return
  setOption(native, fd, native.SOL_SOCKET, native.SO_RCVBUF, bytes, address)
}

/** Linux reports twice the size asked for (its book-keeping included); both are halved to what was meant. */
export function grantedBuffers(native: Native, fd: number): { receiveBytes: number; sendBytes: number } {
  return {
    receiveBytes: native.getOption(fd, native.SOL_SOCKET, native.SO_RCVBUF) / 2,
    sendBytes: native.getOption(fd, native.SOL_SOCKET, native.SO_SNDBUF) / 2,
  }
}

/** Binds; a Unix socket's leftover file is removed, a live one is ADDRESS_IN_USE. */
export async function bindSocket(native: Native, fd: number, address: Address, mode: number): Promise<void> {
  const record = toRecord(native, address)
  let status = native.bind(fd, record)
  if (!isInternet(address)) {
    if (status < 0 && errnoName(status) === 'EADDRINUSE' && (await removeStaleSocket(address.path))) {
      status = native.bind(fd, record)
    }
    if (status < 0 && errnoName(status) === 'ENOENT')
      throw systemError('EACCES', { syscall: 'bind', address: missingFolder(address) })
    if (status >= 0) chmodSync(address.path, mode)
  }
  checkStatus(status, { syscall: 'bind', address })
}

function missingFolder(address: Address): string {
  return `${formatAddress(address)} (its folder does not exist)`
}

/** The address a descriptor is bound to. */
export function boundAddress(native: Native, fd: number, address: Address): Address {
  const record = Buffer.alloc(native.recordBytes)
  checkStatus(native.localName(fd, record), { syscall: 'getsockname', address })
  const bound = fromRecord(native, record, address.scheme)
  // A dual-stack wildcard stays `::`; `0.0.0.0` would be wrong for half of its traffic.
  return isInternet(bound) && isInternet(address) ? { ...bound, host: address.host } : bound
}
