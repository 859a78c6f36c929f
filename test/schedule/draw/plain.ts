/** What is seen of a drawing: its lines without the codes of colour, and how wide they are. */
import { textWidth } from '#lanework/schedule/draw/text-width.js'

// oxlint-disable-next-line no-control-regex -- the codes are what it takes out
const codes = /\x1b\[[0-9;]*m/g

export function plain(drawing: string): string {
  return drawing.replace(codes, '')
}

export function widest(drawing: string): number {
  return Math.max(...plain(drawing).split('\n').map(textWidth))
}

/** Names that would steer a terminal, end an element, turn text around, or take more columns than characters. */
export const hostileNames: readonly string[] = [
  '\x1b[31mred\x1b]0;title\x07',
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  ']]><svg onload=alert(1)>',
  '\u202Etxt.exe',
  '编译器',
  '👩‍👩‍👧 family',
  'line\nbreak\ttab\u2028',
  '\uD800 half',
  '',
  '&lt;entity;&#0;',
  '$& $1 $`',
]
