/** Sockets as arguments of processes: the descriptor travels. */
import { fail } from '../core/index.ts'

/** The descriptor, if a socket has one that can be passed on. */
export function shareableDescriptor(descriptor: number | undefined): number {
  if (descriptor !== undefined && descriptor >= 0) return descriptor
  throw fail('UNSUPPORTED', { feature: 'giving a socket to another process', reason: 'it needs the native addon' })
}
