/** What members are told where the owner gave no answer. */
import type { Fault } from '../types.ts'
import type { Unanswered } from './owner-link.ts'

const unavailable: Fault = { code: 'unavailable', message: 'The rooms cannot be reached just now: try again' }
const unclear: Fault = {
  code: 'unavailable',
  message: 'No answer came in time: it may be done all the same, so look before you repeat it',
}

export function faultOf({ unanswered }: Unanswered): Fault {
  return unanswered === 'not-done' ? unavailable : unclear
}
