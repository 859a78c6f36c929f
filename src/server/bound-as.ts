/** The address of a listener once it is bound. */
import type { Address } from '../io/index.ts'

/** The address asked for, with what the system chose: of a WebSocket the path stays, which its sockets know nothing of. */
export function boundAs(asked: Address, bound: Address): Address {
  return asked.scheme === 'ws' && 'port' in bound ? { ...asked, host: bound.host, port: bound.port } : bound
}
