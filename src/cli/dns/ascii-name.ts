/** Names beyond ASCII, as DNS has them. Pure. */
import { domainToASCII } from 'node:url'

/** The xn-- form of letters beyond ASCII (RFC 5891); what has none, and what is ASCII already, stays as it is. */
export function asciiName(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is what it looks for
  if (/^[\x00-\x7f]*$/.test(text)) return text
  const ascii = domainToASCII(text)
  return ascii === '' ? text : ascii
}
