/** From the system's errno to an error of ours that says which address it was about. */
import { fail, type LaneworkError } from '../core/index.ts'
import { errnoName } from '../native/index.ts'
import { formatAddress, type Address } from './address.ts'

/** What the system call was about. */
export interface SystemCall {
  readonly syscall: string
  readonly address: Address | string
  /** Of the datagram that was refused. */
  readonly sizeBytes?: number
  readonly cause?: unknown
}

/** Largest datagram by family: 65,535 less the headers of IPv4 and UDP; IPv6 does not count its own header. */
export function largestDatagramBytes(address: Address | undefined): number {
  if (address === undefined || !('host' in address)) return 212_960 // a Unix socket's default send buffer
  return address.host.includes(':') && !address.host.startsWith('::ffff:') ? 65_527 : 65_507
}

/** Maps a failed system call to the error a user can act on. */
export function systemError(errno: string, call: SystemCall): LaneworkError {
  const address = typeof call.address === 'string' ? call.address : formatAddress(call.address)
  const options = call.cause === undefined ? undefined : { cause: call.cause }
  switch (errno) {
    case 'EADDRINUSE':
      return fail('ADDRESS_IN_USE', { address }, options)
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return fail('ADDRESS_UNAVAILABLE', { address }, options)
    case 'EACCES':
    case 'EPERM':
      return fail('PERMISSION_DENIED', { address }, options)
    case 'ECONNREFUSED':
    case 'ENOENT':
      return fail('CONNECTION_REFUSED', { address }, options)
    case 'ECONNRESET':
    case 'EPIPE':
      return fail('CONNECTION_RESET', { address }, options)
    case 'ETIMEDOUT':
      return fail('CONNECT_TIMEOUT', { address, timeoutMs: 0 }, options)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return fail('HOST_UNREACHABLE', { address }, options)
    case 'EMFILE':
    case 'ENFILE':
      return fail('DESCRIPTOR_LIMIT', { what: address }, options)
    case 'EMSGSIZE':
      return fail('MESSAGE_TOO_LONG', { sizeBytes: call.sizeBytes ?? 0, limitBytes: limitOf(call.address) }, options)
    default:
      return fail('SYSTEM_ERROR', { syscall: call.syscall, errno, address }, options)
  }
}

function limitOf(address: Address | string): number {
  return largestDatagramBytes(typeof address === 'string' ? undefined : address)
}

/** The same for an error of Node's own modules, which carries `code` and `syscall`. */
export function fromNodeError(error: unknown, call: SystemCall): LaneworkError {
  const { code, syscall } = error as { code?: string; syscall?: string }
  return systemError(code ?? 'UNKNOWN', { ...call, syscall: syscall ?? call.syscall, cause: error })
}

/** Throws when `status` is a negative errno, else returns it. */
export function checkStatus(status: number, call: SystemCall): number {
  if (status < 0) throw systemError(errnoName(status), call)
  return status
}
