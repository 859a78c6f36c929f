/** The framing in force. */
import { framingFromFlag, raw, type Framing } from '../framing/index.ts'
import type { AnyService } from './types.ts'

/** That of the options, as an object or its form as text, else the service's own. Throws OPTION_INVALID. */
export function framingOf(service: AnyService, given: Framing | string | undefined): Framing<unknown, unknown> {
  const framing = typeof given === 'string' ? framingFromFlag(given) : (given ?? service.definition.framing ?? raw())
  return framing as Framing<unknown, unknown>
}
