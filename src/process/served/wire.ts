/**
 * What travels between a thread that serves objects and one that uses them, as messages of a channel.
 *
 *    client                                        server
 *    hello  version                          ──▶
 *    attach object / detach object / watch   ──▶    (watch: tell me when its view changes)
 *    call   id, object, method, arguments    ──▶
 *    cancel id                               ──▶    (answered all the same: with a result that was on its way, or failure)
 *                                            ◀──    result id, value   or   failure id, error
 *                                            ◀──    view object, value
 */
import { fail } from '../../core/index.ts'
import type { Decoder } from '../codec/index.ts'

export const wireVersion = 1

export const wire = {
  hello: 1,
  attach: 2,
  detach: 3,
  watch: 4,
  share: 5,
  call: 6,
  cancel: 7,
  result: 8,
  failure: 9,
  view: 10,
} as const

/** One call as it was read. */
export interface WireCall {
  readonly id: number
  readonly object: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** Throws FRAME_INVALID. */
export function readCall(values: Decoder): WireCall {
  const id = values.uint32()
  const object = values.uint32()
  const method = values.value()
  const args = values.value()
  if (typeof method !== 'string' || !Array.isArray(args)) throw invalidMessage('a call without method or arguments')
  return { id, object, method, args }
}

export function invalidMessage(reason: string, cause?: unknown): Error {
  return fail('FRAME_INVALID', { framing: 'served objects', reason }, cause === undefined ? undefined : { cause })
}
