/** From what a handler returned to bytes, in one place for all transports. */
import { fail } from '../core/index.ts'
import type { Bytes, Framing } from '../framing/index.ts'
import type { Formatter } from './lane.ts'
import { Prepared } from './prepared.ts'

/** The formatter of a service, chosen once: the framing's own, or a check that the answer is bytes. What is prepared is ready. */
export function formatterOf(service: string, framing: Framing<unknown, unknown>): Formatter {
  const { format = (answer: unknown): Bytes => checkBytes(service, answer) } = framing
  return (answer) => (answer instanceof Prepared ? answer.payload(format) : format(answer))
}

function checkBytes(service: string, answer: unknown): Bytes {
  if (typeof answer === 'string' || answer instanceof Uint8Array) return answer
  throw fail('OPTION_INVALID', {
    option: `the reply of ${service}`,
    rule: 'a string, a Uint8Array or undefined',
    got: answer === null ? 'null' : typeof answer,
  })
}
