/** People's words as nodes: text stays text, and only web addresses become links. */
import { type Child, element } from '../element.ts'

/** Up to what no address holds: spaces, quotes, brackets, controls, and marks that nobody sees. */
const address = /https?:\/\/[^\s<>"'`{}|\\^\p{Cc}\p{Cf}\p{Z}]+/giu

/** A text with its links; nothing in it is ever read as markup. */
export function written(text: string): Child[] {
  const children: Child[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(address)) {
    const shown = withoutTail(found)
    const url = webAddress(shown)
    if (url === undefined) continue
    children.push(
      text.slice(end, index),
      element('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, shown),
    )
    end = index + shown.length
  }
  return [...children, text.slice(end)]
}

/** What ends a sentence, or closes what was opened before it, does not belong to an address. */
function withoutTail(found: string): string {
  let shown = found
  for (;;) {
    const shorter = isUnopened(shown) ? shown.slice(0, -1) : shown.replace(/[.,;:!?。，；：！？…]$/u, '')
    if (shorter === shown) return shown
    shown = shorter
  }
}

function isUnopened(text: string): boolean {
  return text.endsWith(')') && text.split(')').length > text.split('(').length
}

function webAddress(text: string): string | undefined {
  try {
    const { protocol, href, hostname } = new URL(text)
    return (protocol === 'http:' || protocol === 'https:') && hostname !== '' ? href : undefined
  } catch {
    return undefined
  }
}
