/**
 * Masks of members: `nick!user@host` or `account:NAME`, with `*` for any characters and `?` for one. They are matched without regard to large
 * and small letters, in at most mask times text steps: a `*` that has found its place is never gone back to once a later one has.
 */
import type { Who } from '../types.ts'
import { foldCase } from './fold.ts'

export const longestMaskBytes = 200

/** Whether a text is what a mask says; both are compared as they are. */
export function matchesMask(mask: string, text: string): boolean {
  let at = 0
  let inText = 0
  let star = -1
  let starText = 0
  while (inText < text.length) {
    const wanted = mask[at]
    if (wanted === '*') {
      star = at++
      starText = inText
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[inText])) {
      at++
      inText++
    } else if (star >= 0) {
      at = star + 1
      inText = ++starText
    } else return false
  }
  while (mask[at] === '*') at++
  return at === mask.length
}

/**
 * A mask as it is kept: `alice` is `alice!*@*`, `a@b` is `*!a@b`, folded (see `foldCase`), with one `*` for several. Undefined for what is no
 * mask: empty, too long, or with spaces, commas or controls.
 */
export function asMask(text: string): string | undefined {
  const folded = foldCase(text)
  if (folded === '' || Buffer.byteLength(folded) > longestMaskBytes || /[\p{Z}\p{C},]/u.test(folded)) return undefined
  if (/^account:./.test(folded)) return folded.replace(/\*+/g, '*')
  const [, nick = '', user = '', host = ''] =
    /^(?:([^!@]*)(?:!|$|(?=@)))?(?:([^@]*))?(?:@(.*))?$/.exec(spread(folded)) ?? []
  return `${nick || '*'}!${user || '*'}@${host || '*'}`.replace(/\*+/g, '*')
}

/** With all its parts named: who writes no `!` means the nick, and before an `@` the user. */
function spread(mask: string): string {
  if (mask.includes('!')) return mask
  return mask.includes('@') ? `*!${mask}` : `${mask}!*@*`
}

/** What masks are matched with: make it once for all masks of a room. */
export interface Maskable {
  readonly name: string
  readonly account: string | undefined
}

export function maskable(who: Who): Maskable {
  return {
    name: foldCase(`${who.nick}!${who.user}@${who.host}`),
    account: who.account === undefined ? undefined : foldCase(`account:${who.account}`),
  }
}

/** Whether a mask, as `asMask` made it, means this member. */
export function meansMember(mask: string, member: Maskable): boolean {
  if (mask.startsWith('account:')) return member.account !== undefined && matchesMask(mask, member.account)
  return matchesMask(mask, member.name)
}
