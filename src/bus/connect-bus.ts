/** An end of a bus whose hub is elsewhere, or in this thread. */
import { resolve } from 'node:path'

import { checkInteger, checkKnownKeys } from '../core/index.ts'
import { dial } from './dial.ts'
import { End } from './end.ts'
import { hubAt } from './hub.ts'
import { RemoteLink } from './remote-link.ts'
import type { Bus, ConnectBusOptions } from './types.ts'

const keys = ['echo', 'requests', 'timeoutMs', 'pendingBytes', 'backoffMs', 'backoffMaxMs', 'attempts']

/**
 * Connects to the hub at a path; a hub in the same thread is joined without a socket. When the connection is lost, it is made anew by
 * itself. Throws CONNECTION_REFUSED, PERMISSION_DENIED, CONTROL_BUSY (too many connections), CONNECT_TIMEOUT, TIMED_OUT,
 * CONNECTION_RESET, FRAME_INVALID, ADDRESS_INVALID, OPTION_INVALID.
 *
 * @example
 * const bus = await connectBus('/run/user/1000/app/bus.sock')
 * bus.on('gap', () => readAgainWhatWasMissed())
 */
export async function connectBus(path: string, options: ConnectBusOptions = {}): Promise<Bus> {
  const settings = checkOptions(path, options)
  const hub = hubAt(settings.path)
  if (hub !== undefined) return hub.join(options)
  const first = await dial(settings.path, settings.timeoutMs, settings.echo, new AbortController().signal)
  return new End((heard) => new RemoteLink(first, heard, settings), options)
}

function checkOptions(path: string, options: ConnectBusOptions): ConstructorParameters<typeof RemoteLink>[2] {
  checkKnownKeys('bus', options, keys)
  const { attempts = Infinity } = options
  const backoffMs = checkInteger('backoffMs', options.backoffMs ?? 20, 1, 60_000)
  return {
    path: resolve(path),
    echo: options.echo !== false,
    timeoutMs: checkInteger('timeoutMs', options.timeoutMs ?? 5_000, 1, 2_147_483_647),
    pendingBytes: checkInteger('pendingBytes', options.pendingBytes ?? 8_388_608, 0, 1_073_741_824),
    backoffMs,
    backoffMaxMs: checkInteger('backoffMaxMs', options.backoffMaxMs ?? Math.max(2_000, backoffMs), backoffMs, 600_000),
    attempts: attempts === Infinity ? attempts : checkInteger('attempts', attempts, 0, 1_000_000),
  }
}
