/** What stands for a person: a round sign with the first character of the name, in one of twelve tints. */
import { element } from '../element.ts'

const tintCount = 12
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The same for a name wherever and whenever it is shown. */
export function tintOf(name: string): string {
  let hash = 0
  for (const character of name.toLowerCase()) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return `tint-${hash % tintCount}`
}

export function avatar(name: string): HTMLElement {
  const [first] = graphemes.segment(name)
  return element(
    'span',
    { class: `avatar ${tintOf(name)}`, 'aria-hidden': 'true' },
    (first?.segment ?? '?').toUpperCase().slice(0, 8),
  )
}
