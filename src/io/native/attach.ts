/** A native connection over a descriptor that another process or thread lent. */
import type { Native } from '../../native/index.ts'
import type { LentStream } from '../types.ts'
import { checkStatus } from '../system-error.ts'
import { NativeConnection } from './connection.ts'
import { streamEngine, wantRead } from './stream-engine.ts'

/** The descriptor belongs to the connection from now on. */
export function attachNativeStream(native: Native, lent: LentStream): NativeConnection {
  const engine = streamEngine(native)
  const { descriptor, record, scheme, local } = lent
  const connection = new NativeConnection(engine, descriptor, record, scheme, local)
  checkStatus(engine.watch(descriptor, 0, wantRead), { syscall: 'epoll_ctl', address: connection.remote })
  return connection
}
