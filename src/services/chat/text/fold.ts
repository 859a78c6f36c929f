/** Folding of letters: texts that differ by large and small letters, or by compatible forms of them, become one. */

/** The text without large letters and compatible forms (NFKC): `ＡLICE` is `alice`, `Straße` `strasse`. Folding twice changes nothing. */
export function foldCase(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase()
  let folded = text
  for (let round = 0; round < 4; round++) {
    const next = folded.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
    if (next === folded) break
    folded = next
  }
  return folded
}

/** Folds case and what `lookOf` makes one, until nothing changes: some looks are large letters, whose small ones look like others again. */
export function foldLook(text: string, lookOf: (text: string) => string): string {
  let folded = foldCase(text)
  for (let round = 0; round < 8; round++) {
    const next = foldCase(lookOf(folded))
    if (next === folded) break
    folded = next
  }
  return folded
}
