/** What Python prints on stderr when a request fails: here a warning of the process, with nothing in it that a terminal would obey. */
import { inspect } from 'node:util'

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Writes one warning; text of the peer's is escaped. */
export function warnOfRequest(client: string, error: unknown): void {
  const text = `a request from ${client} failed: ${inspect(error, { depth: 2 })}`
  const escaped = text.replace(controls, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
  process.emitWarning(escaped, { type: 'RequestWarning', code: 'REQUEST_FAILED' })
}
