/** Words, and long texts, over as many lines as they need. */
import { bodyBytes } from './message.ts'

/** Groups of words, joined by spaces, each of which fits behind `headBytes` of its line. A longer word has a group of its own. */
export function packWords(headBytes: number, words: Iterable<string>): string[] {
  const most = bodyBytes - 2 - headBytes
  const groups: string[] = []
  let group = ''
  let bytes = 0
  for (const word of words) {
    const wordBytes = Buffer.byteLength(word)
    if (group !== '' && bytes + 1 + wordBytes > most) {
      groups.push(group)
      group = ''
      bytes = 0
    }
    bytes += wordBytes + (group === '' ? 0 : 1)
    group = group === '' ? word : `${group} ${word}`
  }
  if (group !== '') groups.push(group)
  return groups
}
